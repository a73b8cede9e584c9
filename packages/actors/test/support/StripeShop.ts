/** The Stripe driver and the stand-in that it talks to, and requests short enough for a test. */
import { OrderId } from "@souk/domain/kernel/Ids"
import type { Currency } from "@souk/domain/kernel/Money"
import { ConfigProvider, Context, Effect, Layer, Logger } from "effect"
import { type GatewayRequest, PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import * as StripeGateway from "../../src/payment/StripeGateway.ts"
import * as StripeStandIn from "./StripeStandIn.ts"

export class StandIn extends Context.Tag("@souk/actors/test/StandIn")<
  StandIn,
  StripeStandIn.StripeStandIn
>() {}

export type StripeShop = StandIn | PaymentGateway

/** Longer than a slow machine needs. Where nothing will be answered, a test waits less. */
const timeoutMs = 10_000

export const impatient = { SOUK_STRIPE_TIMEOUT_MS: "800" }

type Settings = Readonly<Record<string, string>>

/** Configuration as the environment would give it. */
export const configured = (settings: Settings): Layer.Layer<never> =>
  Layer.setConfigProvider(
    ConfigProvider.fromMap(new Map(Object.entries(settings)), { pathDelim: "_" })
  )

const gateway = (settings: Settings) =>
  Layer.unwrapEffect(
    Effect.map(StandIn, ({ url }) =>
      StripeGateway.layer.pipe(
        Layer.provide(
          configured({
            SOUK_STRIPE_SECRET_KEY: StripeStandIn.secretKey,
            SOUK_STRIPE_API_BASE: url,
            SOUK_STRIPE_TIMEOUT_MS: String(timeoutMs),
            ...settings
          })
        )
      )
    )
  )

const standIn = Layer.scoped(StandIn, StripeStandIn.make)

/** A driver and a stand-in of one's own. */
export const inStripe = <A, E>(test: Effect.Effect<A, E, StripeShop>, settings: Settings = {}) =>
  test.pipe(
    Effect.provide(
      Layer.merge(
        Layer.provideMerge(gateway(settings), standIn),
        Logger.remove(Logger.defaultLogger)
      )
    )
  )

export const orderId = OrderId.make("ord_00000000000000000001")

interface Wish {
  readonly token?: string
  readonly currency?: Currency
  readonly amountMinor?: number
  readonly reference?: string
}

const request = (step: string, wish: Wish): GatewayRequest => ({
  key: `${orderId}/${step}`,
  orderId,
  amount: { amountMinor: wish.amountMinor ?? 1_250, currency: wish.currency ?? "EUR" },
  token: wish.token ?? "pm_card_visa",
  reference: wish.reference
})

export const authorization = (wish: Wish = {}) => request("authorize", wish)
export const capture = (wish: Wish = {}) => request("capture", wish)
export const voiding = (wish: Wish = {}) => request("void", wish)
export const refund = (wish: Wish = {}, n = 1) => request(`refund/re_000000000000000${n}`, wish)

/** Sets money aside, and gives the reference of it. */
export const authorized = (wish: Wish = {}) =>
  Effect.gen(function* () {
    const stripe = yield* PaymentGateway
    const outcome = yield* stripe.authorize(authorization(wish))
    return outcome._tag === "Declined" ? yield* Effect.dieMessage(outcome.code) : outcome.reference
  })

/** Sets money aside and takes it. */
export const captured = (wish: Wish = {}) =>
  Effect.gen(function* () {
    const stripe = yield* PaymentGateway
    const reference = yield* authorized(wish)
    yield* stripe.capture(capture({ ...wish, reference }))
    return reference
  })
