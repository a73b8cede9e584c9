/** What an operator does with a database while no shop answers: look at it, and migrate it. */
import { Effect, type Redacted } from "effect"
import { Database } from "./Database.ts"
import * as DatabaseReportPg from "./DatabaseReportPg.ts"
import * as Migrations from "./Migrations.ts"
import * as DurabilityCheck from "./DurabilityCheck.ts"

/** How the database at `url` stands; nothing is changed. */
export const report = DatabaseReportPg.read

/**
 * Applies what is missing on the database at `url`, and says what that was. Refused where a shop
 * could not start either, and where a shop of another version runs.
 */
export const migrate = (
  url: Redacted.Redacted
): Effect.Effect<
  ReadonlyArray<string>,
  Migrations.MigrationError | Migrations.ShopStillRuns | DurabilityCheck.DurabilityCheckError
> =>
  DurabilityCheck.check.pipe(
    Effect.zipRight(Migrations.applyAlone(Migrations.folder)),
    Effect.provideService(Database, { kind: "external", url, lost: Effect.never })
  )
