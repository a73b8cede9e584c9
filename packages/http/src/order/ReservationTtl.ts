/** How long an order may take: its stock is held so long, and its payment may be given less. */
import { Configuration, holdSeconds } from "@souk/actors/configuration/Configuration"
import { invalid } from "@souk/actors/configuration/Variable"
import { Config, type ConfigError, Context, Effect, Either, Layer, Option } from "effect"

/** How long stock may be held for an order that does not get on, in milliseconds. */
export class ReservationTtlMs extends Context.Reference<ReservationTtlMs>()(
  "@souk/http/ReservationTtlMs",
  {
    defaultValue: () => holdSeconds * 1_000
  }
) {}

/** How long a payment may take, the customer's bank included, in milliseconds. */
export class PaymentTimeoutMs extends Context.Reference<PaymentTimeoutMs>()(
  "@souk/http/PaymentTimeoutMs",
  {
    defaultValue: () => holdSeconds * 1_000
  }
) {}

/** Both, as an order wants to know them. */
export const limits = Effect.all({ holdMs: ReservationTtlMs, payMs: PaymentTimeoutMs })

/** The payment is never given longer than the stock is held. */
export const terms: Config.Config<{ readonly holdMs: number; readonly payMs: number }> =
  Config.mapOrFail(
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

export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.unwrapEffect(
  Effect.map(terms, ({ holdMs, payMs }) =>
    Layer.merge(Layer.succeed(ReservationTtlMs, holdMs), Layer.succeed(PaymentTimeoutMs, payMs))
  )
)
