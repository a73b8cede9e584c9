/** The port to the payment provider. */
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
  /** The provider's reference of the authorisation, from its response. */
  readonly reference?: string | undefined
}

/** A request that may have been made before: enough to look up its outcome. */
export interface PastRequest extends GatewayRequest {
  readonly kind: "authorize" | "capture" | "void" | "refund"
}

/** An authorisation that waits for its customer. */
export interface AwaitedRequest extends Omit<GatewayRequest, "token"> {
  readonly reference: string
}

/** A final decision of the provider. */
export type GatewayOutcome =
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }

/** The bank requires an action of the customer. A later lookup or a webhook settles it. */
export interface NeedsCustomer {
  readonly _tag: "NeedsCustomer"
  readonly reference: string
  readonly nextAction: NextAction
}

/** The outcome of an authorisation. */
export type AuthorizeOutcome = GatewayOutcome | NeedsCustomer

/** Accepted and not decided yet: banks take days for some refunds. A later lookup tells. */
export interface Undecided {
  readonly _tag: "Undecided"
  readonly reference: string
}

/** The outcome of a refund. */
export type RefundOutcome = GatewayOutcome | Undecided

export type AnyOutcome = AuthorizeOutcome | RefundOutcome

/** The provider refused the request, or cannot be reached: nothing happened. */
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
    return `the outcome of ${this.key} is unknown (${this.detail}): look it up`
  }
}

/**
 * The provider's data contradict the payment's: another amount, currency or order, or a capture
 * that Souk did not request. Never a success, and a retry does not help: a person must resolve it.
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
     * Amounts of this currency must be multiples of this many minor units. Checked before an order
     * or a refund is accepted.
     */
    readonly stepMinor: (currency: Currency) => number
    /** Authorises the amount on the customer's card. */
    readonly authorize: (request: GatewayRequest) => Effect.Effect<AuthorizeOutcome, GatewayFailure>
    /** Captures the whole authorised amount. */
    readonly capture: Call
    /**
     * Voids an authorisation that was not captured, or that waits for the customer.
     */
    readonly void: Call
    /** Refunds captured money. */
    readonly refund: (request: GatewayRequest) => Effect.Effect<RefundOutcome, GatewayFailure>
    /**
     * The outcome of a request; none when the provider does not know it. Then a request with the
     * same key is safe, even if the provider only shows the first one late: it returns its outcome.
     * Fails with `OutcomeUnknown` while the provider itself does not know.
     */
    readonly lookup: (
      request: PastRequest
    ) => Effect.Effect<Option.Option<AnyOutcome>, GatewayFailure>
    /**
     * What the customer's storefront needs for the required action; none when there is none.
     * Fetched each time and never stored, because its holder may act for the customer.
     */
    readonly nextAction: (
      request: AwaitedRequest
    ) => Effect.Effect<Option.Option<NextAction>, GatewayFailure>
  }
>() {}
