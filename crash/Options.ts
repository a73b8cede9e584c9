/** The options of a crash test. */
import { parseArgs } from "node:util"
import { type ControlName, controlNames } from "./Control.ts"

export interface Options {
  /** How often Souk is killed with `kill -9`. */
  readonly kills: number
  /** 1 is a shop with its embedded Postgres; more are runners on a Postgres of the test. */
  readonly runners: number
  readonly postgresRestarts: number
  /** How often a process is frozen by SIGSTOP for some seconds. */
  readonly pauses: number
  /** Concurrent clients. */
  readonly callers: number
  /** The seed of all random choices. */
  readonly seed: number
  /** How many successful responses come before the first fault, and after the last. */
  readonly calmAnswers: number
  /** The broken build to test, if any. */
  readonly control: ControlName | undefined
}

export const usage = `npm run crash -- [options]

Starts a shop from this checkout, sends orders, kills it repeatedly, and audits the result over HTTP
and signals alone, against its own client log and the ledger of its own payment provider. Prints one
line for each guarantee and exits with 1 if one is broken.

  --kills <n>              kill -9 of Souk: while it serves, with everything else, and while it
                           starts (50)
  --runners <n>            1: one shop with its embedded Postgres; more: that many runners on one
                           Postgres (1)
  --postgres-restarts <n>  immediate shutdowns and kills of Postgres (a tenth of the kills)
  --pauses <n>             processes frozen by SIGSTOP for 1 to 9 seconds (none)
  --callers <n>            concurrent clients (20)
  --calm <n>               successful responses before the first fault, and after the last (400)
  --seed <n>               repeats the plan of an earlier run
  --control <name>         runs a build with a bug, which must be caught: the exit code is then 0.
                           write-behind: acknowledges before the commit; no-fence: a runner that
                           lost a shard continues to write (needs --runners 3 --pauses 2 or more,
                           because it takes two owners)
  --json                   one JSON document on stdout, and the table on stderr
`

const whole = (name: string, value: string | undefined, least: number, otherwise: number) => {
  const number = value === undefined ? otherwise : Number(value)
  if (Number.isInteger(number) && number >= least) return number
  throw new Error(`--${name} takes a whole number of at least ${least}, not ${value}`)
}

const controlFrom = (name: string | undefined): ControlName | undefined => {
  const found = controlNames.find((known) => known === name)
  if (name !== undefined && found === undefined) {
    throw new Error(`--control does not know ${name}; it knows ${controlNames.join(", ")}`)
  }
  return found
}

export interface Invocation {
  readonly options: Options
  readonly json: boolean
  readonly help: boolean
}

/** `seed` is the default. Fails on unknown arguments. */
export const parse = (args: ReadonlyArray<string>, seed: number): Invocation => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string" },
      runners: { type: "string" },
      "postgres-restarts": { type: "string" },
      pauses: { type: "string" },
      callers: { type: "string" },
      calm: { type: "string" },
      seed: { type: "string" },
      control: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" }
    }
  })
  const kills = whole("kills", values.kills, 1, 50)
  const restarts = values["postgres-restarts"]
  const options = {
    kills,
    runners: whole("runners", values.runners, 1, 1),
    postgresRestarts: whole("postgres-restarts", restarts, 0, Math.ceil(kills / 10)),
    pauses: whole("pauses", values.pauses, 0, 0),
    callers: whole("callers", values.callers, 1, 20),
    calmAnswers: whole("calm", values.calm, 1, 400),
    seed: whole("seed", values.seed, 1, seed),
    control: controlFrom(values.control)
  }
  return { options, json: values.json === true, help: values.help === true }
}
