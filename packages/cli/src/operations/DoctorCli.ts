/** `souk doctor`: whether the shop is well, and what to do where it is not. */
import { toMillis } from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, Either, Option } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { type Columns, printable } from "../Table.ts"
import { stuckMs } from "./ReminderCli.ts"

/** By how much two clocks may differ before holds and tokens end at odd times. */
const skewMsMax = 5_000

interface Finding {
  readonly name: string
  readonly isOk: boolean
  readonly detail: string
  /** What to do about it. */
  readonly next?: string
}

const nexts: Readonly<Record<string, string>> = {
  database: "Is Postgres running, and may it be written to? See the log of the shop.",
  shards: "Wait a minute; then restart the shop, if no other runner owns them.",
  sagas: "souk reminder list",
  read_models: "souk db status"
}

const health = (shop: Shop.Shop) =>
  Effect.gen(function* () {
    const { checks } = yield* shop.ask((client) =>
      Effect.catchTag(client.health.ready(), "NotReady", Effect.succeed)
    )
    return checks.map(({ detail, isOk, name }): Finding => {
      const next = nexts[name] ?? "See the log of the shop."
      return { name: name.replaceAll("_", " "), isOk, detail, ...(isOk ? {} : { next }) }
    })
  })

const clock = (databaseMs: number, askedMs: number, nowMs: number): Finding => {
  // The database read its clock at some time between request and response.
  const skewMs = Math.max(0, askedMs - databaseMs, databaseMs - nowMs)
  const isOk = skewMs <= skewMsMax
  return {
    name: "clock",
    isOk,
    detail: isOk ? "the same here and there" : `the database is ${skewMs} ms off from here`,
    ...(isOk ? {} : { next: "Keep the time of both machines by NTP." })
  }
}

const work = (shop: Shop.Shop) =>
  Effect.gen(function* () {
    const askedMs = yield* Clock.currentTimeMillis
    const limit = 500
    const { at, data } = yield* shop.ask((client) =>
      client.operations.reminders({ urlParams: { limit } })
    )
    const nowMs = yield* Clock.currentTimeMillis
    // The last attempts are a minute apart: after ten without an event the work is stuck.
    const stuck = data.filter(({ attempts, overdueMs }) => overdueMs > stuckMs || attempts >= 10)
    const more = data.length === limit ? " or more" : ""
    const oldest = stuck[0]?.stream.split("-").slice(1).join("-")
    const finding: Finding = {
      name: "stuck work",
      isOk: stuck.length === 0,
      detail: `${data.length}${more} under way, ${stuck.length} stuck`,
      ...(oldest === undefined ? {} : { next: `souk order resume ${oldest}` })
    }
    return [clock(toMillis(at), askedMs, nowMs), finding]
  })

/** The most that are counted. */
const lettersMax = 100

const deadLetters = (shop: Shop.Shop) =>
  Effect.map(
    shop.ask((client) =>
      client.deadLetters.list({ urlParams: { fault: "ours", limit: lettersMax } })
    ),
    ({ data, hasMore }): Finding => {
      const sources = [...new Set(data.map(({ source }) => source))]
      return {
        name: "dead letters",
        isOk: data.length === 0,
        detail:
          data.length === 0
            ? "none of ours"
            : `${data.length}${hasMore ? " or more" : ""} of ours, of ${sources.join(", ")}`,
        ...(data.length === 0 ? {} : { next: "souk dead-letter list" })
      }
    }
  )

const columns: Columns<Finding> = [
  { title: "WHAT", cell: ({ name }) => name },
  {
    title: "IS",
    cell: ({ isOk }) => (isOk ? "well" : "not well"),
    paint: ({ isOk }) => (isOk ? "good" : "bad")
  },
  { title: "DETAIL", cell: ({ detail }) => printable(detail) },
  { title: "NEXT", cell: ({ next }) => next ?? "" }
]

const look = Resource.command({
  verb: "doctor",
  summary: "Check the health of the server and suggest fixes.",
  examples: [
    ["souk doctor", "Is the shop healthy?"],
    ["souk doctor --quiet > /dev/null || page-oncall", "The same, for monitoring."]
  ],
  notes: [
    "Looks at the configuration, the key, the database, the shards, the lag of sagas and of",
    "read models, the clocks, work that hangs, and dead letters that are this program's fault.",
    "Ends with 1 when something is not well.",
    "--json prints one finding a line: {name, isOk, detail}, and next where it is not well."
  ],
  options: {},
  run: (_, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const checks = yield* health(shop)
      const configuration: Finding = {
        name: "configuration",
        isOk: true,
        detail: `${shop.url} answers, and takes the key`
      }
      // An unhealthy shop may be unable to list stuck work; its checks give the reason.
      const due = yield* Effect.either(
        Effect.zipWith(work(shop), deadLetters(shop), (found, letters) => [...found, letters])
      )
      if (Either.isLeft(due) && checks.every(({ isOk }) => isOk)) return yield* due.left
      const findings = [configuration, ...checks, ...Either.getOrElse(due, () => [])]
      yield* output.rows(findings, columns)
      const bad = findings.find(({ isOk }) => !isOk)
      if (bad === undefined) return yield* output.say("The shop is well.")
      return yield* new CommandFailed({
        code: "not_well",
        message: `${bad.name}: ${bad.detail}`,
        hint: Option.getOrElse(Option.fromNullable(bad.next), () => "See the log of the shop."),
        exitCode: ExitCode.failure
      })
    })
})

export const doctor = Resource.room("doctor", [look])
