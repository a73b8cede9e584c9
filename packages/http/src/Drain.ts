/** Whether the door is being closed: answers then say so, and nobody is to be sent here. */
import { Config, type ConfigError, Context, Duration, Effect, Layer, type Scope } from "effect"

export class Drain extends Context.Tag("@souk/http/Drain")<
  Drain,
  {
    readonly isDraining: () => boolean
    readonly start: () => void
    /** Calls `listener` when the drain starts, for as long as the scope lasts. */
    readonly onStart: (listener: () => void) => Effect.Effect<void, never, Scope.Scope>
  }
>() {}

export const layer: Layer.Layer<Drain> = Layer.sync(Drain, () => {
  let isDraining = false
  const listeners = new Set<() => void>()
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
      )
  })
})

/**
 * For how long a door that is being closed still lets everybody in, so that whoever distributes
 * requests has time to look at `/readyz` and go elsewhere. In milliseconds; none unless said.
 */
export class FarewellMs extends Context.Reference<FarewellMs>()("@souk/http/FarewellMs", {
  defaultValue: () => 0
}) {}

/** `SOUK_DRAIN_SECONDS`, up to ten minutes; fractions are welcome. */
export const layerFarewell: Layer.Layer<FarewellMs, ConfigError.ConfigError> = Layer.effect(
  FarewellMs,
  Config.number("DRAIN_SECONDS").pipe(
    Config.withDefault(0),
    Config.validate({
      message: "the door stays open for 0 to 600 seconds after the first request to close it",
      validation: (seconds) => seconds >= 0 && seconds <= 600
    }),
    Config.map((seconds) => Duration.toMillis(Duration.seconds(seconds))),
    Config.nested("SOUK")
  )
)
