/** `npm run crash`: kills a shop of this checkout under load, and audits it. */
import { randomInt } from "node:crypto"
import { parse, usage } from "./Options.ts"
import { type Report, run } from "./Run.ts"
import { missed, print } from "./Table.ts"

const seedMax = 2 ** 31

const textOf = ({ faults, logs, options, rows, seconds, statuses, summary }: Report): string => {
  const done = Object.entries(faults).map(
    ([name, times]) => `${String(times).padStart(6)}  ${name}`
  )
  return [
    "",
    `seed ${options.seed}, ${options.runners} runner(s), ${seconds} s`,
    "",
    "done to it, and by the payment provider:",
    ...done,
    "",
    summary,
    `statuses (0: no answer) ${JSON.stringify(statuses)}`,
    "",
    print(rows),
    ...(logs === undefined
      ? []
      : ["", `the logs of the client, the provider and the shop: ${logs}`]),
    ""
  ].join("\n")
}

/** A control must break a guarantee; any other build must keep all, and the times. */
const verdict = ({
  options,
  rows
}: Report): { readonly isGood: boolean; readonly says: string } => {
  const names = (all: typeof rows) => all.map(({ name }) => name).join(", ")
  if (options.control !== undefined) {
    const broken = missed(rows, "promise")
    return broken.length > 0
      ? { isGood: true, says: `the control ${options.control} was caught by ${names(broken)}` }
      : { isGood: false, says: `the control ${options.control} was NOT caught` }
  }
  const broken = missed(rows)
  return broken.length === 0
    ? { isGood: true, says: "everything was kept" }
    : { isGood: false, says: `missed: ${names(broken)}` }
}

const invocation = () => {
  try {
    return parse(process.argv.slice(2), randomInt(1, seedMax))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}; see --help\n`)
    return process.exit(2)
  }
}

const { help, json, options } = invocation()

if (help) {
  process.stdout.write(usage)
} else {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  say(`crash test: --seed ${options.seed} repeats its plan`)
  const report = await run(options, say)
  const { isGood, says } = verdict(report)
  const { measures, ...rest } = report
  const document = {
    ...rest,
    isGood,
    says,
    measures: { ...measures, recoveryMs: Object.fromEntries(measures.recoveryMs) }
  }
  const text = `${textOf(report)}\n${says}\n`
  if (json) {
    process.stderr.write(text)
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  } else {
    process.stdout.write(text)
  }
  process.exitCode = isGood ? 0 : 1
}
