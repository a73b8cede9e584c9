/** A shutdown: `/readyz` fails, responses close their connection, then waits are aborted. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, type Scope } from "effect"

export class Shutdown extends Context.Tag("@souk/http/Shutdown")<
  Shutdown,
  {
    readonly isShuttingDown: () => boolean
    readonly start: () => void
    /** Calls `listener` when the shutdown starts, until the scope ends. */
    readonly onStart: (listener: () => void) => Effect.Effect<void, never, Scope.Scope>
    /** Ends the waits of requests for work that continues without them. */
    readonly abortWaits: Effect.Effect<void>
    /** Calls `listener` when waits are aborted. The returned function removes it. */
    readonly onAbortWaits: (listener: () => void) => () => void
  }
>() {}

/** Calls its listeners once; listeners that are added later are called immediately. */
const makeSignal = () => {
  let isSent = false
  const listeners = new Set<() => void>()
  return {
    isSent: (): boolean => isSent,
    send: (): void => {
      isSent = true
      for (const listener of listeners) listener()
      listeners.clear()
    },
    listen: (listener: () => void): (() => void) => {
      if (isSent) listener()
      else listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

export const layer: Layer.Layer<Shutdown> = Layer.sync(Shutdown, () => {
  const started = makeSignal()
  const abortWaits = makeSignal()
  return Shutdown.of({
    isShuttingDown: started.isSent,
    start: started.send,
    onStart: (listener) =>
      Effect.asVoid(
        Effect.acquireRelease(
          Effect.sync(() => started.listen(listener)),
          (remove) => Effect.sync(remove)
        )
      ),
    abortWaits: Effect.sync(abortWaits.send),
    onAbortWaits: abortWaits.listen
  })
})

/**
 * How long requests in flight may wait for their orders after the listener has closed, in
 * milliseconds. Then waits are aborted and answered with the current state.
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
