/** The shop's database, reached without a shop: only the process itself knows how. */
import type { DatabaseReport } from "@souk/http/operations/DatabaseApi"
import { Config, Context, type Effect, Option, Redacted } from "effect"

/** Why it did not work, in words that say what to do next. */
export interface DatabaseTrouble {
  readonly _tag: string
  readonly message: string
}

export class LocalDatabase extends Context.Tag("@souk/cli/LocalDatabase")<
  LocalDatabase,
  {
    readonly report: (url: Redacted.Redacted) => Effect.Effect<DatabaseReport, DatabaseTrouble>
    /** Applies what is missing, and says what that was. */
    readonly migrate: (
      url: Redacted.Redacted
    ) => Effect.Effect<ReadonlyArray<string>, DatabaseTrouble>
  }
>() {}

/** `SOUK_DATABASE_URL`; an empty one counts as none. */
export const url = Config.option(Config.redacted("SOUK_DATABASE_URL")).pipe(
  Config.map(Option.filter((url) => Redacted.value(url) !== ""))
)
