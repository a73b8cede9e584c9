/** The payment provider, as small as a payment needs it. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Currency, Money } from "@souk/domain/kernel/Money"
import type { NextAction } from "@souk/domain/kernel/NextAction"
import { Context, type Effect, type Option, Schema } from "effect"

/** One request. The same `key` always means the same request, however often it is made. */
export interface GatewayRequest {
  readonly key: string
  readonly orderId: OrderId
  readonly amount: Money
  readonly token: string
  /** The provider's name for the authorisation, known from its answer: it finds money by that. */
  readonly reference?: string | undefined
}

/** A request that may have been made before: enough to find what became of it. */
export interface PastRequest extends GatewayRequest {
  readonly kind: "authorize" | "capture" | "void" | "refund"
}

/** An authorisation that waits for its customer. */
export interface AwaitedRequest extends Omit<GatewayRequest, "token"> {
  readonly reference: string
}

/** What the provider decided, for good. */
export type GatewayOutcome =
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }

/** The bank wants to hear from the customer first. A later look-up or a webhook settles it. */
export interface NeedsCustomer {
  readonly _tag: "NeedsCustomer"
  readonly reference: string
  readonly nextAction: NextAction
}

/** What the provider says to an authorisation. */
export type AuthorizeOutcome = GatewayOutcome | NeedsCustomer

/** Taken on, and not decided yet: banks take days over some refunds. A later look-up tells. */
export interface Undecided {
  readonly _tag: "Undecided"
  readonly reference: string
}

/** What the provider says to a refund. */
export type RefundOutcome = GatewayOutcome | Undecided

export type AnyOutcome = AuthorizeOutcome | RefundOutcome

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

/**
 * The provider's books say something else than ours: another amount, currency or order, or money
 * taken that we never took. Never a success, and never mended by asking again: a person must look.
 */
export class ProviderDisagrees extends Schema.TaggedError<ProviderDisagrees>()(
  "ProviderDisagrees",
  { key: Schema.String, reference: Schema.String, detail: Schema.String }
) {
  override get message() {
    return `the provider's ${this.reference} is not what ${this.key} asked for: ${this.detail}`
  }
}

export type GatewayFailure = GatewayUnavailable | OutcomeUnknown | ProviderDisagrees

type Call = (request: GatewayRequest) => Effect.Effect<GatewayOutcome, GatewayFailure>

export class PaymentGateway extends Context.Tag("@souk/actors/PaymentGateway")<
  PaymentGateway,
  {
    /**
     * Amounts of this currency can be moved in multiples of so many minor units. To be asked before
     * anything is promised: what cannot be paid should not be ordered, nor refunded.
     */
    readonly stepMinor: (currency: Currency) => number
    /** Sets the amount aside on the customer's card. */
    readonly authorize: (request: GatewayRequest) => Effect.Effect<AuthorizeOutcome, GatewayFailure>
    /** Takes the whole authorised amount. */
    readonly capture: Call
    /**
     * Lets go of an authorisation that was not captured, or that the customer has yet to finish.
     */
    readonly void: Call
    /** Gives captured money back. */
    readonly refund: (request: GatewayRequest) => Effect.Effect<RefundOutcome, GatewayFailure>
    /**
     * What became of a request; nothing when the provider does not know it. Then asking again with
     * the same key is safe, even if the provider is only slow to show it: the key is its own
     * look-up. Fails with `OutcomeUnknown` while the provider itself does not know.
     */
    readonly lookup: (
      request: PastRequest
    ) => Effect.Effect<Option.Option<AnyOutcome>, GatewayFailure>
    /**
     * What the customer's own storefront needs to go on; nothing when nobody waits for them. Asked
     * for each time and written down nowhere: whoever has it may act for the customer.
     */
    readonly nextAction: (
      request: AwaitedRequest
    ) => Effect.Effect<Option.Option<NextAction>, GatewayFailure>
  }
>() {}
