/** Whether the server is shutting down: responses say so, and `/readyz` fails. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, type Scope } from "effect"

export class Shutdown extends Context.Tag("@souk/http/Shutdown")<
  Shutdown,
  {
    readonly isShuttingDown: () => boolean
    readonly start: () => void
    /** Calls `listener` when the drain starts, for as long as the scope lasts. */
    readonly onStart: (listener: () => void) => Effect.Effect<void, never, Scope.Scope>
    /** Requests no longer wait for work that goes on by itself. */
    readonly abortWaits: Effect.Effect<void>
    /** Calls `listener` when that is so, if the returned function has not been called before. */
    readonly onAbortWaits: (listener: () => void) => () => void
  }
>() {}

/** Notifies once; later listeners at once. */
const makeSignal = () => {
  let isGiven = false
  const listeners = new Set<() => void>()
  return {
    send: (): void => {
      isGiven = true
      for (const listener of listeners) listener()
      listeners.clear()
    },
    listen: (listener: () => void): (() => void) => {
      if (isGiven) listener()
      else listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

export const layer: Layer.Layer<Shutdown> = Layer.sync(Shutdown, () => {
  let isShuttingDown = false
  const listeners = new Set<() => void>()
  const abortWaits = makeSignal()
  return Shutdown.of({
    isShuttingDown: () => isShuttingDown,
    start: () => {
      isShuttingDown = true
      for (const listener of listeners) listener()
    },
    onStart: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          listeners.add(listener)
        }),
        () => Effect.sync(() => listeners.delete(listener))
      ),
    abortWaits: Effect.sync(abortWaits.send),
    onAbortWaits: abortWaits.listen
  })
})

/**
 * For how long, once the HTTP layer lets nobody in, those who are inside may still wait for their
 * orders to come to rest. In milliseconds; far less than a request may take to end, so that whoever
 * wished to wait longer is answered, and not cut off.
 */
export class GracePeriodMs extends Context.Reference<GracePeriodMs>()("@souk/http/GracePeriodMs", {
  defaultValue: () => 10_000
}) {}

/**
 * How long to keep serving after `/readyz` fails, so that load balancers stop routing here first.
 * In milliseconds; none by default.
 */
export class ReadinessDelayMs extends Context.Reference<ReadinessDelayMs>()(
  "@souk/http/ReadinessDelayMs",
  {
    defaultValue: () => 0
  }
) {}

export const layerReadinessDelay: Layer.Layer<ReadinessDelayMs, ConfigError.ConfigError> =
  Layer.effect(
    ReadinessDelayMs,
    Effect.map(Configuration.shutdownDelaySeconds, (seconds) => seconds * 1_000)
  )
