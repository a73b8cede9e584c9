/** `souk db migrate`: bring the tables up to date without starting a shop. */
import { Effect, Logger, LogLevel, Option, Struct } from "effect"
import { changingOptions } from "../CommonOptions.ts"
import { ExitCode } from "../ExitCode.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import * as LocalDatabase from "./LocalDatabase.ts"

const noUrl = new UsageError({
  message: "SOUK_DATABASE_URL is not set",
  hint: "The Postgres that a shop brings along is migrated by that shop when it starts."
})

/** Conflicts with the present state; anything else is a failure. */
const conflicts: ReadonlySet<string> = new Set([
  "ShopStillRuns",
  "MigrationsBusy",
  "DatabaseIsNewer",
  "MigrationChanged"
])

/** `ShopStillRuns` as `shop_still_runs`. */
const codeOf = (tag: string): string =>
  tag.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()

const stopped = ({ _tag, message }: LocalDatabase.DatabaseTrouble) =>
  new CommandFailed({
    code: codeOf(_tag),
    message,
    hint: "See: souk db status",
    exitCode: conflicts.has(_tag) ? ExitCode.conflict : ExitCode.failure
  })

export const migrate = Resource.command({
  verb: "migrate",
  summary: "Apply pending migrations to the database at SOUK_DATABASE_URL.",
  examples: [
    ["SOUK_DATABASE_URL=postgres://... souk db migrate", "Before starting a new version."],
    ["souk db migrate --dry-run", "What would be applied?"]
  ],
  notes: [
    "A shop does the same when it starts; this command does it before. Each file is applied as a",
    "whole or not at all; of two concurrent commands, one migrates and the other waits.",
    "Exits with 6 while a shop of another version uses the database, when the database is newer",
    "than this souk, or when an applied file has changed. A shop that starts meanwhile waits for",
    "five seconds, and then refuses with the reason.",
    "--json prints {applied}, the names of the files; with --dry-run {dryRun, pending}."
  ],
  options: { ...Struct.pick(changingOptions, "dryRun") },
  run: ({ dryRun }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const local = yield* LocalDatabase.LocalDatabase
      // It cannot be wrong yet: any text will do.
      const url = yield* Effect.orDie(LocalDatabase.url)
      if (Option.isNone(url)) return yield* noUrl
      if (dryRun) {
        const { migrations } = yield* Effect.mapError(local.report(url.value), stopped)
        const pending = migrations
          .filter(({ state }) => state === "pending")
          .map(({ name }) => name)
        yield* output.data({ dryRun: true, pending }, () =>
          pending.length === 0 ? "Nothing is pending." : pending.join("\n")
        )
        return yield* output.say("This was a dry run: nothing was applied.")
      }
      const applied = yield* local.migrate(url.value).pipe(
        Effect.mapError(stopped),
        // Reported below.
        Logger.withMinimumLogLevel(LogLevel.Warning)
      )
      yield* output.data({ applied }, () =>
        applied.length === 0 ? "Nothing was pending." : applied.join("\n")
      )
      if (applied.length > 0) yield* output.say(`Applied ${applied.length}. Next: npm start`)
    })
})
