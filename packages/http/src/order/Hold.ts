/** How long stock may be held for an order that does not get on. */
import { Config, type ConfigError, Context, Layer } from "effect"

/** In milliseconds; a quarter of an hour unless said otherwise. */
export class HoldMs extends Context.Reference<HoldMs>()("@souk/http/HoldMs", {
  defaultValue: () => 900_000
}) {}

/** `SOUK_RESERVATION_SECONDS`, from a second to a day. */
export const layer: Layer.Layer<HoldMs, ConfigError.ConfigError> = Layer.effect(
  HoldMs,
  Config.integer("RESERVATION_SECONDS").pipe(
    Config.withDefault(900),
    Config.validate({
      message: "stock is held for 1 to 86400 seconds",
      validation: (seconds) => seconds >= 1 && seconds <= 86_400
    }),
    Config.map((seconds) => seconds * 1_000),
    Config.nested("SOUK")
  )
)
