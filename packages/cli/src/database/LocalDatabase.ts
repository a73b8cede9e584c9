/** The shop's database, reached without a shop: only the process itself knows how. */
import type { DatabaseReport } from "@souk/http/operations/DatabaseApi"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { asGiven } from "@souk/actors/configuration/Variable"
import { Context, type Effect, type Redacted } from "effect"

/** Why it failed, and what to do next. */
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

/** The connection tells whether it is right. */
export const url = asGiven(Configuration.databaseUrl)
