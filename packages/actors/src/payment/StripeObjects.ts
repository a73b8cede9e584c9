/** The schemas of Stripe's objects: the fields that Souk uses; others are ignored. */
import { Schema } from "effect"

// Bounded, because some of it is stored or passed on.
const line = Schema.String.pipe(Schema.maxLength(2_000))
const word = Schema.optional(Schema.NullOr(line))

// Later requests name the object by it, so its form is checked.
const Id = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{1,200}$/))

const Metadata = Schema.Record({ key: Schema.String, value: Schema.String })

const NextAction = Schema.Struct({
  type: line,
  redirect_to_url: Schema.optional(Schema.NullOr(Schema.Struct({ url: word })))
})

/** One payment: authorised, captured or voided as a whole. */
export const PaymentIntent = Schema.Struct({
  object: Schema.Literal("payment_intent"),
  id: Id,
  // Stripe adds new values, so an unknown one is no error here; each reader handles it.
  status: line,
  amount: Schema.Int,
  amount_capturable: Schema.Int,
  amount_received: Schema.Int,
  currency: line,
  metadata: Metadata,
  client_secret: word,
  next_action: Schema.optional(Schema.NullOr(NextAction)),
  last_payment_error: Schema.optional(
    Schema.NullOr(Schema.Struct({ code: word, decline_code: word, param: word }))
  )
})
export type PaymentIntent = typeof PaymentIntent.Type

/** A refund. */
export const Refund = Schema.Struct({
  object: Schema.Literal("refund"),
  id: Id,
  status: word,
  amount: Schema.Int,
  currency: line,
  metadata: Schema.optional(Schema.NullOr(Metadata)),
  payment_intent: word,
  failure_reason: word
})
export type Refund = typeof Refund.Type

/** One page of a list, or of the results of a search. */
export const pageOf = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.Struct({ data: Schema.Array(item) })

/** The metadata that Souk sets on an object: its order, and the key of its request. */
export const metadataOf = (orderId: string, key: string) => ({ order_id: orderId, souk_key: key })

interface Labelled {
  readonly metadata?: Readonly<Record<string, string>> | null | undefined
}

export const orderIdOf = ({ metadata }: Labelled): string | undefined => metadata?.["order_id"]

export const keyOf = ({ metadata }: Labelled): string | undefined => metadata?.["souk_key"]
