/** Whether the door is being closed: answers then say so, and nobody is to be sent here. */
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, type Scope } from "effect"

export class Drain extends Context.Tag("@souk/http/Drain")<
  Drain,
  {
    readonly isDraining: () => boolean
    readonly start: () => void
    /** Calls `listener` when the drain starts, for as long as the scope lasts. */
    readonly onStart: (listener: () => void) => Effect.Effect<void, never, Scope.Scope>
    /** From now on nobody waits any more for work that goes on by itself. */
    readonly hurry: Effect.Effect<void>
    /** Calls `listener` when that is so, if the returned function has not been called before. */
    readonly onHurry: (listener: () => void) => () => void
  }
>() {}

/** Tells once, and whoever comes later at once. */
const makeSignal = () => {
  let isGiven = false
  const listeners = new Set<() => void>()
  return {
    give: (): void => {
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

export const layer: Layer.Layer<Drain> = Layer.sync(Drain, () => {
  let isDraining = false
  const listeners = new Set<() => void>()
  const hurry = makeSignal()
  return Drain.of({
    isDraining: () => isDraining,
    start: () => {
      isDraining = true
      for (const listener of listeners) listener()
    },
    onStart: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          listeners.add(listener)
        }),
        () => Effect.sync(() => listeners.delete(listener))
      ),
    hurry: Effect.sync(hurry.give),
    onHurry: hurry.listen
  })
})

/**
 * For how long, once the door lets nobody in, those who are inside may still wait for their orders
 * to come to rest. In milliseconds; far less than a request may take to end, so that whoever wished
 * to wait longer is answered, and not cut off.
 */
export class PatienceMs extends Context.Reference<PatienceMs>()("@souk/http/PatienceMs", {
  defaultValue: () => 10_000
}) {}

/**
 * For how long a door that is being closed still lets everybody in, so that whoever distributes
 * requests has time to look at `/readyz` and go elsewhere. In milliseconds; none unless said.
 */
export class FarewellMs extends Context.Reference<FarewellMs>()("@souk/http/FarewellMs", {
  defaultValue: () => 0
}) {}

export const layerFarewell: Layer.Layer<FarewellMs, ConfigError.ConfigError> = Layer.effect(
  FarewellMs,
  Effect.map(Configuration.shutdownDelaySeconds, (seconds) => seconds * 1_000)
)
