/** The payment provider, as small as a payment needs it. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Money } from "@souk/domain/kernel/Money"
import { Context, type Effect, type Option, Schema } from "effect"

/** One request. The same `key` always means the same request, however often it is made. */
export interface GatewayRequest {
  readonly key: string
  readonly orderId: OrderId
  readonly amount: Money
  readonly token: string
}

/** What the provider decided, for good. */
export type GatewayOutcome =
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }

/** The provider did not take the request, or is not to be reached: nothing happened. */
export class GatewayUnavailable extends Schema.TaggedError<GatewayUnavailable>()(
  "GatewayUnavailable",
  { detail: Schema.String }
) {
  override get message() {
    return `the payment provider is not available (${this.detail}): ask again with the same key`
  }
}

/** The request may have been carried out: look it up by its key before anything else. */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  key: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `nobody knows what became of ${this.key} (${this.detail}): look it up`
  }
}

export type GatewayFailure = GatewayUnavailable | OutcomeUnknown

type Call = (request: GatewayRequest) => Effect.Effect<GatewayOutcome, GatewayFailure>

export class PaymentGateway extends Context.Tag("@souk/actors/PaymentGateway")<
  PaymentGateway,
  {
    /** Sets the amount aside on the customer's card. */
    readonly authorize: Call
    /** Takes the whole authorised amount. */
    readonly capture: Call
    /** Lets go of an authorisation that was not captured. */
    readonly void: Call
    /** Gives captured money back. */
    readonly refund: Call
    /** What became of the request with this key; nothing when the provider never carried it out. */
    readonly lookup: (
      key: string
    ) => Effect.Effect<Option.Option<GatewayOutcome>, GatewayUnavailable>
  }
>() {}
