/**
 * Hints between the subscriptions of this process and those who wait for them. A hint that is lost,
 * because the subscription runs elsewhere, costs only the time to the next look.
 */
import { Context, Effect } from "effect"

/** However often it is woken, a subscription pauses for so long between two pages. */
const pauseMsMin = 25

class Signals {
  readonly #asleep = new Set<() => void>()
  readonly #waiting = new Set<() => void>()

  /** Pauses a subscription until it is woken, or for `ms`. */
  sleep(ms: number): Effect.Effect<void> {
    return Effect.zipRight(Effect.sleep(pauseMsMin), next(this.#asleep, ms - pauseMsMin))
  }

  /** Lets every subscription look at once. */
  wake(): void {
    for (const resume of this.#asleep) resume()
  }

  /** A subscription has moved its cursor. */
  moved(): void {
    for (const resume of this.#waiting) resume()
  }

  /** Waits until some subscription moves its cursor, or for `ms`. */
  untilMoved(ms: number): Effect.Effect<void> {
    return next(this.#waiting, ms)
  }
}

const next = (listeners: Set<() => void>, ms: number): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const listener = () => {
      listeners.delete(listener)
      resume(Effect.void)
    }
    listeners.add(listener)
    return Effect.sync(() => listeners.delete(listener))
  }).pipe(Effect.timeoutOption(ms), Effect.asVoid)

export class SubscriptionSignals extends Context.Reference<SubscriptionSignals>()(
  "@souk/actors/SubscriptionSignals",
  { defaultValue: () => new Signals() }
) {}
