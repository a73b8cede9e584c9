/** What a run of the crash test is asked for. */
import { parseArgs } from "node:util"
import { type ControlName, controlNames } from "./Control.ts"

export interface Options {
  /** How often Souk is killed with `kill -9`. */
  readonly kills: number
  /** 1 is a shop with its embedded Postgres; more are runners on a Postgres of the tester. */
  readonly runners: number
  readonly postgresRestarts: number
  /** How often a process is frozen by SIGSTOP for some seconds. */
  readonly pauses: number
  /** Shoppers at a time. */
  readonly callers: number
  /** Everything random follows from it. */
  readonly seed: number
  /** How many good answers there are before the first fault, and again after the last. */
  readonly calmAnswers: number
  /** Which broken build is on trial, if one is. */
  readonly control: ControlName | undefined
}

export const usage = `npm run crash -- [options]

Starts a shop from this checkout, lets shoppers loose on it, kills it again and again, and audits
what is left: over HTTP and by signals alone, against a client log, a payment provider and a ledger
of the tester's own. Prints one line for each promise and ends with 1 if one is broken.

  --kills <n>              kill -9 of Souk: while it serves, with everything else, and while it
                           starts (50)
  --runners <n>            1: one shop with the Postgres it brings along; more: so many runners on
                           one Postgres (1)
  --postgres-restarts <n>  immediate shutdowns and kills of Postgres (a tenth of the kills)
  --pauses <n>             processes frozen by SIGSTOP for 1 to 9 seconds (none)
  --callers <n>            shoppers at a time (20)
  --calm <n>               good answers before the first fault, and again after the last (400)
  --seed <n>               repeats the plan of an earlier run
  --control <name>         runs a build with a bug put in, which has to be caught: the exit code is
                           0 when it is. write-behind: acknowledged before it is committed;
                           no-fence: whoever lost a shard goes on writing (with --runners 3
                           --pauses 2 or more, for it takes two owners)
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

/** `seed` is for runs that name none. Fails on a word that it does not know. */
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
