/** How long stock is held for an order, and how long its payment may take. */
import { Configuration, holdSeconds } from "@souk/actors/configuration/Configuration"
import { invalid } from "@souk/actors/configuration/Variable"
import { Config, type ConfigError, Context, Either, Layer, Option } from "effect"

interface Limits {
  /** How long stock is held for an order that makes no progress. */
  readonly holdMs: number
  /** How long a payment may take, authentication by the customer's bank included. */
  readonly payMs: number
}

export class ReservationTtl extends Context.Reference<ReservationTtl>()(
  "@souk/http/ReservationTtl",
  { defaultValue: (): Limits => ({ holdMs: holdSeconds * 1_000, payMs: holdSeconds * 1_000 }) }
) {}

/** Refuses a payment deadline that is longer than the reservation. */
export const config: Config.Config<Limits> = Config.mapOrFail(
  Config.all([Configuration.reservationSeconds, Configuration.paymentDeadlineSeconds]),
  ([reservation, given]) => {
    const deadline = Option.getOrElse(given, () => Math.min(holdSeconds, reservation))
    const { variable } = Configuration.paymentDeadlineSeconds
    return deadline <= reservation
      ? Either.right({ holdMs: reservation * 1_000, payMs: deadline * 1_000 })
      : Either.left(
          invalid(variable, String(deadline), `at most SOUK_RESERVATION_SECONDS, ${reservation}`)
        )
  }
)

export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  ReservationTtl,
  config
)
