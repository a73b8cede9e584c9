/** `npm run bench`: measures Souk against hand-written SQL on one Postgres and audits every run. */
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { type ContenderName, contenderNames } from "./Contenders.ts"
import { findingsOf, tableOf } from "./Findings.ts"
import { type Plan, type Run, runAll } from "./Harness.ts"
import { settings, startPostgres } from "./Postgres.ts"
import { workloads } from "./Work.ts"

const usage = `npm run bench -- [options]

  --quick            Souk and staged SQL only, short windows: under three minutes
  --json             one JSON document on stdout instead of the table
  --only <a,b>       only these contenders: ${contenderNames.join(", ")}
  --callers <n>      concurrent callers (64)
  --rounds <n>       rounds whose middle counts (3)
  --seconds <n>      length of the measured window (15, quick: 4)
`

const quickContenders: ReadonlyArray<ContenderName> = ["souk", "staged"]

const planFrom = (options: Readonly<Record<string, string | boolean | undefined>>): Plan => {
  const quick = options["quick"] === true
  const number = (name: string, otherwise: number): number => {
    const value = options[name] === undefined ? otherwise : Number(options[name])
    if (Number.isInteger(value) && value > 0) return value
    throw new Error(`--${name} takes a whole number above zero`)
  }
  const only = typeof options["only"] === "string" ? options["only"].split(",") : null
  const unknown = only?.find((name) => !contenderNames.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`--only does not know ${unknown}`)
  const usual = quick ? quickContenders : contenderNames
  return {
    contenders: only === null ? usual : contenderNames.filter((name) => only.includes(name)),
    workloads,
    callers: number("callers", 64),
    rounds: number("rounds", 3),
    warmUpSeconds: quick ? 2 : 5,
    windowSeconds: number("seconds", quick ? 4 : 15)
  }
}

const progress = ({ contender, workload, round, report }: Run): void => {
  const result =
    report._tag === "Measured"
      ? `${report.measurement.confirmedPerSecond.toFixed(0)} orders/s, others used ` +
        `${report.measurement.otherCores.toFixed(2)} cores`
      : report.reason
  process.stderr.write(`round ${round + 1} ${workload} ${contender}: ${result}\n`)
}

const bench = async (plan: Plan, json: boolean): Promise<void> => {
  const server = await startPostgres()
  let runs: ReadonlyArray<Run>
  try {
    runs = await runAll(plan, server, progress)
  } finally {
    await server.stop()
  }
  const findings = findingsOf(runs)
  const machine = {
    cpus: cpus().map((cpu) => cpu.model),
    node: process.version,
    postgres: settings
  }
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...findings, plan, machine, runs }, null, 2)}\n`
      : `${tableOf(findings)}\n`
  )
  if (findings.problems.length > 0) process.exitCode = 1
}

// Leaving through `exit` takes the server and its folder away too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    json: { type: "boolean" },
    only: { type: "string" },
    callers: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    help: { type: "boolean", short: "h" }
  }
})
if (values.help === true) process.stdout.write(usage)
else await bench(planFrom(values), values.json === true)
