/** Stripe's webhook events, reduced to what a payment uses. Hints: they come in any order. */
import { OrderId } from "@souk/domain/kernel/Ids"
import { AmountMinor, Money } from "@souk/domain/kernel/Money"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Either, Option, Schema } from "effect"
import * as Amounts from "./StripeAmounts.ts"
import { codeOf } from "./StripeDeclines.ts"
import { keyOf, orderIdOf, PaymentIntent, Refund } from "./StripeObjects.ts"

/** The payment intent of an order is in this state, or was a while ago. */
export const StripePaymentChanged = Schema.TaggedStruct("StripePaymentChanged", {
  /** The same however often Stripe sends it. */
  eventId: Schema.String,
  type: Schema.String,
  at: Timestamp.Timestamp,
  orderId: OrderId,
  /** The payment intent, as authorisations are referred to. */
  reference: Schema.String,
  /** The idempotency key of the authorisation. */
  key: Schema.optionalWith(Schema.String, { exact: true }),
  status: Schema.Literal(
    "needs_customer",
    "authorized",
    "captured",
    "declined",
    "canceled",
    "undecided"
  ),
  /** The requested amount. */
  amount: Money,
  /** The captured part, in minor units. */
  captured: AmountMinor,
  /** Why it was declined. */
  code: Schema.optionalWith(Schema.String, { exact: true })
})
export type StripePaymentChanged = typeof StripePaymentChanged.Type

/** A refund of an order's payment is in this state; one that succeeded may fail after all. */
export const StripeRefundChanged = Schema.TaggedStruct("StripeRefundChanged", {
  eventId: Schema.String,
  type: Schema.String,
  at: Timestamp.Timestamp,
  orderId: OrderId,
  reference: Schema.String,
  /** The idempotency key of the refund: which of our refunds it is. */
  key: Schema.optionalWith(Schema.String, { exact: true }),
  status: Schema.Literal("pending", "succeeded", "failed"),
  amount: Money,
  code: Schema.optionalWith(Schema.String, { exact: true })
})
export type StripeRefundChanged = typeof StripeRefundChanged.Type

/** A genuine event that concerns no payment: acknowledged and dropped. */
export const StripeEventIgnored = Schema.TaggedStruct("StripeEventIgnored", {
  eventId: Schema.String,
  type: Schema.String,
  reason: Schema.String
})
export type StripeEventIgnored = typeof StripeEventIgnored.Type

export const StripeEvent = Schema.Union(
  StripePaymentChanged,
  StripeRefundChanged,
  StripeEventIgnored
)
export type StripeEvent = typeof StripeEvent.Type

// Both are stored, and one is a key: an event that cannot be stored could never be acknowledged.
const word = Schema.String.pipe(Schema.pattern(/^\P{Cc}{1,255}$/u))

const Envelope = Schema.Struct({ id: word, type: word })

/** Why an event of a payment is ignored; logged for a person. */
export const notAsPromised = "not about the object that its type promises"

const enveloped = <A, I>(object: Schema.Schema<A, I>) =>
  Schema.Struct({
    ...Envelope.fields,
    created: Schema.Int.pipe(Schema.between(0, 32_503_680_000)),
    livemode: Schema.Boolean,
    /** Set when the event is of a connected account. */
    account: Schema.optional(Schema.NullOr(Schema.String)),
    data: Schema.Struct({ object })
  })

const PaymentEnvelope = enveloped(PaymentIntent)
const RefundEnvelope = enveloped(Refund)

const paymentTypes = new Set([
  "payment_intent.amount_capturable_updated",
  "payment_intent.canceled",
  "payment_intent.payment_failed",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "payment_intent.succeeded"
])

const refundTypes = new Set([
  "charge.refund.updated",
  "refund.created",
  "refund.failed",
  "refund.updated"
])

/** A well-signed body that is not what Stripe documents. */
type NotAnEvent = "NotAnEvent"

/** Decodes the body of a webhook with a valid signature. */
export const parse = (body: string, isLive: boolean): Either.Either<StripeEvent, NotAnEvent> =>
  Either.gen(function* () {
    const json = yield* decode(Schema.parseJson(), body)
    const { id: eventId, type } = yield* decode(Envelope, json)
    const ignored = (reason: string): StripeEvent => ({
      _tag: "StripeEventIgnored",
      eventId,
      type,
      reason
    })
    const isRefund = refundTypes.has(type)
    if (!isRefund && !paymentTypes.has(type)) return ignored("no business of a payment")
    const envelope = isRefund
      ? Either.getOrUndefined(decode(RefundEnvelope, json))
      : Either.getOrUndefined(decode(PaymentEnvelope, json))
    // If it were refused, Stripe would send it again for days, and in the end disable the endpoint.
    if (envelope === undefined) return ignored(notAsPromised)
    const { account, created, data, livemode } = envelope
    if (account) return ignored("another account's")
    if (livemode !== isLive) return ignored(livemode ? "about real money" : "about test money")
    const orderId = decodeOrderId(orderIdOf(data.object))
    if (Option.isNone(orderId)) return ignored("not made for an order")
    const amount = Amounts.fromStripe(data.object)
    if (Option.isNone(amount)) return ignored("money that Souk does not trade in")
    const common = {
      eventId,
      type,
      at: Timestamp.fromMillis(created * 1_000),
      orderId: orderId.value,
      reference: data.object.id,
      amount: amount.value,
      ...keyed(keyOf(data.object))
    }
    return data.object.object === "refund"
      ? { _tag: "StripeRefundChanged", ...common, ...refundState(data.object) }
      : { _tag: "StripePaymentChanged", ...common, ...paymentState(data.object) }
  })

const decode = <A, I>(schema: Schema.Schema<A, I>, input: unknown) =>
  Either.mapLeft(Schema.decodeUnknownEither(schema)(input), (): NotAnEvent => "NotAnEvent")

const decodeOrderId = Schema.decodeUnknownOption(OrderId)

const keyed = (key: string | undefined): { readonly key?: string } =>
  key === undefined ? {} : { key }

type PaymentState = Pick<StripePaymentChanged, "status" | "captured" | "code">

const paymentState = (intent: PaymentIntent): PaymentState => {
  const captured = intent.amount_received
  switch (intent.status) {
    case "requires_action":
      return { status: "needs_customer", captured }
    case "requires_capture":
      return { status: "authorized", captured }
    case "succeeded":
      return { status: "captured", captured }
    case "requires_payment_method":
      return { status: "declined", captured, code: codeOf(intent.last_payment_error ?? {}) }
    case "canceled":
      return { status: "canceled", captured }
    default:
      return { status: "undecided", captured }
  }
}

const refundState = (refund: Refund): Pick<StripeRefundChanged, "status" | "code"> => {
  switch (refund.status) {
    case "succeeded":
      return { status: "succeeded" }
    case "failed":
      return { status: "failed", code: codeOf({ code: refund.failure_reason || "refund_failed" }) }
    case "canceled":
      return { status: "failed", code: "refund_canceled" }
    default:
      return { status: "pending" }
  }
}
