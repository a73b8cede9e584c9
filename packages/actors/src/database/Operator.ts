/** Operations on a database without a running shop: report and migrate. */
import { Effect, type Redacted } from "effect"
import { Database } from "./Database.ts"
import * as DatabaseReportPg from "./DatabaseReportPg.ts"
import * as Migrations from "./Migrations.ts"
import * as DurabilityCheck from "./DurabilityCheck.ts"

/** The state of the database at `url`. */
export const report = DatabaseReportPg.read

/**
 * Applies missing migrations to the database at `url`, and returns them. Refused where a shop could
 * not start, and where a shop of another version runs.
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
