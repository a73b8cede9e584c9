/** Whether the HTTP layer is being closed: answers then say so, and nobody is to be sent here. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, type Scope } from "effect"

export class Shutdown extends Context.Tag("@souk/http/Shutdown")<
  Shutdown,
  {
    readonly isShuttingDown: () => boolean
    readonly start: () => void
    /** Calls `listener` when the drain starts, for as long as the scope lasts. */
    readonly onStart: (listener: () => void) => Effect.Effect<void, never, Scope.Scope>
    /** From now on nobody waits any more for work that goes on by itself. */
    readonly abortWaits: Effect.Effect<void>
    /** Calls `listener` when that is so, if the returned function has not been called before. */
    readonly onAbortWaits: (listener: () => void) => () => void
  }
>() {}

/** Tells once, and whoever comes later at once. */
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
 * For how long a server that is shutting down still lets everybody in, so that whoever distributes
 * requests has time to look at `/readyz` and go elsewhere. In milliseconds; none unless said.
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
