/** How long an order may take: its stock is held so long, and its payment may be given less. */
import { Config, type ConfigError, Context, Effect, Layer, Option } from "effect"

/** How long stock may be held for an order that does not get on, in milliseconds. */
export class HoldMs extends Context.Reference<HoldMs>()("@souk/http/HoldMs", {
  defaultValue: () => 900_000
}) {}

/** How long a payment may take, the customer's bank included, in milliseconds. */
export class PayMs extends Context.Reference<PayMs>()("@souk/http/PayMs", {
  defaultValue: () => 900_000
}) {}

/** Both, as an order wants to know them. */
export const limits = Effect.all({ holdMs: HoldMs, payMs: PayMs })

const secondsDefault = 900

/** From a second to a day. */
const seconds = (name: string) =>
  Config.integer(name).pipe(
    Config.validate({
      message: "is not between 1 and 86400 seconds",
      validation: (seconds) => seconds >= 1 && seconds <= 86_400
    })
  )

const reservation = seconds("RESERVATION_SECONDS").pipe(Config.withDefault(secondsDefault))

/** `SOUK_RESERVATION_SECONDS` and `SOUK_PAYMENT_DEADLINE_SECONDS`, which is never the longer. */
const terms = Config.all({
  reservation,
  deadline: Config.option(seconds("PAYMENT_DEADLINE_SECONDS"))
}).pipe(
  Config.map(({ deadline, reservation }) => ({
    holdMs: reservation * 1_000,
    payMs: 1_000 * Option.getOrElse(deadline, () => Math.min(secondsDefault, reservation))
  })),
  Config.validate({
    message: "SOUK_PAYMENT_DEADLINE_SECONDS is more than SOUK_RESERVATION_SECONDS: raise that too",
    validation: ({ holdMs, payMs }) => payMs <= holdMs
  }),
  Config.nested("SOUK")
)

export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.unwrapEffect(
  Effect.map(terms, ({ holdMs, payMs }) =>
    Layer.merge(Layer.succeed(HoldMs, holdMs), Layer.succeed(PayMs, payMs))
  )
)
