/** How what failed is tried again: delays and limits as values, which tests can shorten. */
import { Context, Effect, Layer, Schedule } from "effect"

export interface RetryPolicy {
  /** The delay after the first failure, in milliseconds. */
  readonly firstMs: number
  /** By what each delay is longer than the one before; 1 unless given. */
  readonly factor?: number
  /** The longest delay. */
  readonly maxMs?: number
  /** Whether each delay is off by up to a fifth, so that many do not come back in one moment. */
  readonly jitter?: boolean
  /** How many retries there are at most. */
  readonly times?: number
  /** How long retries go on at most, in milliseconds. Without either limit they never end. */
  readonly upToMs?: number
}

/** By what every delay and time limit of a retry is multiplied. Tests make it small. */
export class RetrySchedule extends Context.Reference<RetrySchedule>()(
  "@souk/actors/RetrySchedule",
  {
    defaultValue: () => ({ scale: 1 })
  }
) {}

/** All retries with delays of this fraction. */
export const layerScaled = (scale: number): Layer.Layer<RetrySchedule> =>
  Layer.succeed(RetrySchedule, { scale })

/** The schedule of the policy, after `skipped` retries. */
export const make = (
  { factor = 1, firstMs, jitter = false, maxMs = Infinity, times, upToMs }: RetryPolicy,
  skipped = 0
): Effect.Effect<Schedule.Schedule<unknown>> =>
  Effect.map(RetrySchedule, ({ scale }) => {
    const delayMs = (retry: number) =>
      scale * Math.min(maxMs, firstMs * factor ** (retry + skipped))
    const delays = Schedule.addDelay(Schedule.forever, delayMs)
    const spread: Schedule.Schedule<unknown> = jitter ? Schedule.jittered(delays) : delays
    const counted =
      times === undefined ? spread : Schedule.intersect(spread, Schedule.recurs(times - skipped))
    return upToMs === undefined ? counted : Schedule.upTo(counted, scale * upToMs)
  })

/** Which failures are worth a retry; all unless given. */
type While<E> = (error: E) => boolean

const always = () => true

/** Tries at once, and then by the policy. */
export const retry = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  policy: RetryPolicy,
  isWorthIt: While<E> = always
): Effect.Effect<A, E, R> =>
  Effect.flatMap(make(policy), (schedule) => Effect.retry(effect, { schedule, while: isWorthIt }))

/** For what has just failed: waits for the first delay, tries, and goes on by the policy. */
export const retryLater = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  policy: RetryPolicy,
  isWorthIt: While<E> = always
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.all([RetrySchedule, make(policy, 1)]), ([{ scale }, schedule]) =>
    Effect.delay(Effect.retry(effect, { schedule, while: isWorthIt }), scale * policy.firstMs)
  )
