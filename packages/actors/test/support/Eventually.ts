/**
 * Waiting for what has to come, however long this machine takes; the test's own limit is the end.
 */
import { Effect } from "effect"

export const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(Effect.delay(condition, "20 millis"), { until: (isSo) => isSo })
