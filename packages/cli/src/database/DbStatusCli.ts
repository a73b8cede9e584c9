/** `souk db status`: migrations, read models, and what to do about them. */
import type { DatabaseReport, Migration, ReadModel } from "@souk/http/operations/DatabaseApi"
import { Effect, Option } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Output, type Paint } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { type Columns, pairs, table } from "../Table.ts"
import * as LocalDatabase from "./LocalDatabase.ts"

/** An event may wait so long to be read, as the shop's own readiness has it. */
const behindMsMax = 30_000

type Source = "shop" | "database"

interface Told extends DatabaseReport {
  /** Which of both answered. */
  readonly source: Source
}

/** What to do about a migration; nothing where it is applied. */
const nextOf = ({ name, state }: Migration): string => {
  switch (state) {
    case "applied":
      return ""
    case "pending":
      return "souk db migrate"
    case "changed":
      return `put ${name} back as it was`
    case "unknown":
      return "use the newer Souk that applied it"
  }
}

const isBehind = ({ behindMs, rebuildTo }: ReadModel): boolean =>
  rebuildTo === null && behindMs > behindMsMax

const nextFor = (source: Source, model: ReadModel): string => {
  if (model.rebuildTo !== null) return `wait: it is filled again up to ${model.rebuildTo}`
  if (!isBehind(model)) return ""
  return source === "shop" ? "see the log of the shop: it says why" : "start the shop"
}

const migrationColumns: Columns<Migration> = [
  { title: "MIGRATION", cell: ({ name }) => name },
  {
    title: "IS",
    cell: ({ state }) => state,
    paint: ({ state }) => (state === "applied" ? "good" : "bad")
  },
  { title: "SHA-256", cell: ({ checksum }) => checksum.slice(0, 12) },
  { title: "NEXT", cell: nextOf }
]

const modelColumns = (source: Source): Columns<ReadModel> => [
  { title: "READ MODEL", cell: ({ name }) => name },
  { title: "POSITION", cell: ({ position }) => String(position), isNumber: true },
  {
    title: "BEHIND",
    cell: ({ behindMs }) => (behindMs === 0 ? "-" : `${(behindMs / 1_000).toFixed(1)} s`),
    isNumber: true,
    paint: (model) => (isBehind(model) ? "bad" : "good")
  },
  { title: "NEXT", cell: (model) => nextFor(source, model) }
]

const inWords = (told: Told, paint: Paint): string =>
  [
    ...pairs([
      ["said by", told.source === "shop" ? "the shop" : "the database itself"],
      ["Postgres", told.postgres],
      ["journal", `up to position ${told.head}`]
    ]),
    "",
    table(migrationColumns, told.migrations, paint),
    ...(told.readModels.length === 0
      ? []
      : ["", table(modelColumns(told.source), told.readModels, paint)])
  ].join("\n")

/** Asks the shop, or the database itself where no shop answers and its address is known. */
const ask = (connect: Resource.Connect) =>
  Effect.gen(function* () {
    const output = yield* Output
    const local = yield* LocalDatabase.LocalDatabase
    // It cannot be wrong yet: any text will do.
    const url = yield* Effect.orDie(LocalDatabase.url)
    const byShop = Effect.gen(function* () {
      const shop = yield* connect
      const report = yield* shop.ask((client) => client.database.report())
      return { source: "shop" as const, ...report }
    })
    if (Option.isNone(url)) return yield* byShop
    const byItself = Effect.gen(function* () {
      yield* output.say("No shop was asked: this is what the database at SOUK_DATABASE_URL says.")
      const report = yield* local.report(url.value)
      return { source: "database" as const, ...report }
    }).pipe(
      Effect.mapError(
        ({ message }) =>
          new CommandFailed({
            code: "database_unreadable",
            message,
            hint: "Is SOUK_DATABASE_URL right, and does that server run?",
            exitCode: ExitCode.failure
          })
      )
    )
    return yield* Effect.catchIf(
      byShop,
      (error) =>
        error._tag === "NoKey" ||
        (error._tag === "ShopFailed" && error.failure._tag === "RequestError"),
      () => byItself
    )
  })

const laggard = (model: Told["readModels"][number] | undefined): string =>
  model?.isDisabled
    ? `${model.name} is disabled: it has too many open dead letters`
    : `${model?.name} is ${Math.round((model?.behindMs ?? 0) / 1_000)} s behind the journal`

export const status = Resource.command({
  verb: "status",
  summary: "Show migrations, read models and their lag.",
  examples: [
    ["souk db status", "Is everything applied, and every list up to date?"],
    ["SOUK_DATABASE_URL=postgres://... souk db status", "The same before a shop is started."]
  ],
  notes: [
    "Asks the shop. Without a shop or a key, and with SOUK_DATABASE_URL set, the command reads",
    "the database directly; it changes nothing in either case.",
    "Exits with 0 when all migrations are applied and no read model is more than 30 seconds",
    "behind, and with 1 otherwise. A rebuild in progress is no failure.",
    "--json prints {source, postgres, head, migrations, readModels}; a migration is {number, name,",
    "checksum, state}, a read model {name, position, behindMs, rebuildTo, isDisabled}."
  ],
  options: {},
  run: (_, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const told: Told = yield* ask(connect)
      yield* output.data(told, () => inWords(told, output.paint))
      const migration = told.migrations.find(({ state }) => state !== "applied")
      const model = told.readModels.find(isBehind)
      if (migration === undefined && model === undefined) {
        return yield* output.say("The database is up to date.")
      }
      return yield* new CommandFailed({
        code: migration === undefined ? "read_model_behind" : "migrations_differ",
        message:
          migration === undefined ? laggard(model) : `${migration.name} is ${migration.state}`,
        hint: migration === undefined ? "See: souk doctor" : `Next: ${nextOf(migration)}`,
        exitCode: ExitCode.failure
      })
    })
})
