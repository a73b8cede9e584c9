/** How an intent that failed is tried again before it is left to the sweeper. */
import { Effect, Option, Schedule } from "effect"
import type { PerformFailure } from "./Definition.ts"

/** Soon at first, then ever more slowly: five times in some four seconds. */
const firstRetryMs = 100
const retries = Schedule.exponential("300 millis", 3).pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(3))
)

/** Pays an intent once more, and once more; nothing when that is of no use now. */
export const insist = <Command>(
  failure: string,
  paid: Effect.Effect<Option.Option<Command>, PerformFailure>
): Effect.Effect<Option.Option<Command>> =>
  Effect.retry(Effect.delay(paid, firstRetryMs), retries).pipe(
    Effect.catchAllCause((cause) =>
      Effect.as(
        Effect.logWarning(`${failure}; the sweeper will try again`, cause),
        Option.none<Command>()
      )
    )
  )
