/** `npm run bench`: measures Souk against others on one Postgres and audits every run. */
import { writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { chartOf } from "./Chart.ts"
import { type ContenderName, contenderNames } from "./Contenders.ts"
import { callersCompared, findingsOf } from "./Findings.ts"
import { type Plan, type Run, runAll, type Trial } from "./Harness.ts"
import { installPeers, obstacleOf, peerNames } from "./Peers.ts"
import { settings, startPostgres } from "./Postgres.ts"
import { tableOf } from "./Table.ts"
import { workloads } from "./Work.ts"

const usage = `npm run bench -- [options]

  --quick            few contenders, short windows: under three minutes
  --json             one JSON document on stdout instead of the table
  --only <a,b>       only these contenders: ${contenderNames.join(", ")}
  --growth           instead: a shop that grows old; takes long
  --orders <a,b>     sizes for --growth (1000,10000,100000)
  --events <a,b>     events of a cold item for --growth (10,1000,100000)
  --chart <file>     also draws the findings, as an SVG
  --workloads <a,b>  only these workloads: ${workloads.join(", ")}
  --callers <a,b>    numbers of concurrent callers (1,16,64,256, quick: 64)
  --buyers <n>       how many come to the flash sale (10000, quick: 1000)
  --rounds <n>       rounds whose middle counts (3)
  --warm-up <n>      seconds before anything is measured (5, quick: 2)
  --seconds <n>      length of the measured window (15, quick: 4)
`

const quickContenders: ReadonlyArray<ContenderName> = ["souk", "staged"]

/** Who is asked how far it scales with its callers; the others are measured for the ratios only. */
const scaling: ReadonlySet<ContenderName> = new Set(["souk", "soukHttp", "staged", "stagedTuned"])

/** How many requests of a flash sale are under way at a time. */
const flashCallers = 256

type Options = Readonly<Record<string, string | boolean | undefined>>

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} takes whole numbers above zero`)
}

/** What an option lists, each of which must be known. */
const listed = <Name extends string>(
  options: Options,
  name: string,
  known: ReadonlyArray<Name>
): ReadonlyArray<Name> | null => {
  const given = options[name]
  if (typeof given !== "string") return null
  return given.split(",").map((word) => {
    const found = known.find((one) => one === word)
    if (found === undefined) throw new Error(`--${name} does not know ${word}`)
    return found
  })
}

/** The contenders that can be measured here; the others are told about, with the reason. */
const presentOf = (
  wanted: ReadonlyArray<ContenderName>
): { readonly present: ReadonlyArray<ContenderName>; readonly skipped: ReadonlyArray<string> } => {
  const peers = peerNames.filter((name) => wanted.includes(name))
  if (peers.length === 0) return { present: wanted, skipped: [] }
  const failure = installPeers()
  const obstacles = new Map<string, string>()
  for (const name of peers) {
    const obstacle = failure ?? obstacleOf(name)
    if (obstacle !== null) obstacles.set(name, obstacle)
  }
  return {
    present: wanted.filter((name) => !obstacles.has(name)),
    skipped: [...obstacles].map(([name, obstacle]) => `${name} is not measured: ${obstacle}`)
  }
}

const planFrom = (options: Options): Plan => {
  const quick = options["quick"] === true
  const number = (name: string, otherwise: number): number =>
    typeof options[name] === "string" ? wholeNumber(name, options[name]) : otherwise
  const only = listed(options, "only", contenderNames)
  const { present, skipped } = presentOf(only ?? (quick ? quickContenders : contenderNames))
  const contenders = present
  const wanted = listed(options, "workloads", workloads) ?? workloads
  const given = typeof options["callers"] === "string" ? options["callers"] : undefined
  const callers = numbers("callers", given, quick ? "64" : "1,16,64,256")
  const trials = wanted.flatMap((workload): ReadonlyArray<Trial> => {
    if (workload === "flash") return [{ workload, callers: flashCallers, contenders }]
    return callers.map((callers) => {
      const isCompared = callers === callersCompared || only !== null
      const asked = isCompared ? contenders : contenders.filter((name) => scaling.has(name))
      return { workload, callers, contenders: asked }
    })
  })
  return {
    trials,
    skipped,
    rounds: number("rounds", 3),
    warmUpSeconds: number("warm-up", quick ? 2 : 5),
    windowSeconds: number("seconds", quick ? 4 : 15),
    buyers: number("buyers", quick ? 1_000 : 10_000)
  }
}

const progress = ({ callers, contender, report, round, workload }: Run): void => {
  const result =
    report._tag === "Measured"
      ? `${report.measurement.ordersPerSecond.toFixed(0)} orders/s, others used ` +
        `${report.measurement.otherCores.toFixed(2)} cores`
      : report.reason
  process.stderr.write(`round ${round + 1} ${workload} ${contender} (${callers}): ${result}\n`)
}

const bench = async (plan: Plan, json: boolean, chart: string | undefined): Promise<void> => {
  const server = await startPostgres()
  for (const reason of plan.skipped) process.stderr.write(`${reason}\n`)
  let runs: ReadonlyArray<Run>
  try {
    runs = await runAll(plan, server, progress)
  } finally {
    await server.stop()
  }
  const findings = findingsOf(runs)
  if (chart !== undefined) writeFileSync(chart, chartOf(findings))
  const machine = {
    cpus: cpus().map((cpu) => cpu.model),
    node: process.version,
    postgres: settings
  }
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...findings, plan, machine, runs }, null, 2)}\n`
      : `${[tableOf(findings), ...plan.skipped].join("\n")}\n`
  )
  if (findings.problems.length > 0) process.exitCode = 1
}

const numbers = (name: string, given: string | undefined, otherwise: string) =>
  (given ?? otherwise).split(",").map((one) => wholeNumber(name, one))

const growth = async (
  orders: ReadonlyArray<number>,
  events: ReadonlyArray<number>
): Promise<void> => {
  const server = await startPostgres()
  try {
    const say = (line: string) => process.stderr.write(`${line}\n`)
    const { grow } = await import("./Growth.ts")
    const found = await grow(server, orders, events, say)
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
  } finally {
    await server.stop()
  }
}

// Leaving through `exit` takes the server and its folder away too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    json: { type: "boolean" },
    only: { type: "string" },
    growth: { type: "boolean" },
    orders: { type: "string" },
    events: { type: "string" },
    chart: { type: "string" },
    workloads: { type: "string" },
    callers: { type: "string" },
    buyers: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    "warm-up": { type: "string" },
    help: { type: "boolean", short: "h" }
  }
})
if (values.help === true) process.stdout.write(usage)
else if (values.growth === true) {
  await growth(
    numbers("orders", values.orders, "1000,10000,100000"),
    numbers("events", values.events, "10,1000,100000")
  )
} else await bench(planFrom(values), values.json === true, values.chart)
