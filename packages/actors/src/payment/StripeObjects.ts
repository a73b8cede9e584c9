/** What Souk believes of Stripe's objects; everything else in them is passed over. */
import { Schema } from "effect"

// Bounded: some of it is written down, and some is handed on.
const line = Schema.String.pipe(Schema.maxLength(2_000))
const word = Schema.optional(Schema.NullOr(line))

// What it is asked for by from now on: if that is odd, it is not an object of Stripe's.
const Id = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{1,200}$/))

const Metadata = Schema.Record({ key: Schema.String, value: Schema.String })

const NextAction = Schema.Struct({
  type: line,
  redirect_to_url: Schema.optional(Schema.NullOr(Schema.Struct({ url: word })))
})

/** One payment: set aside, taken or let go as a whole. */
export const PaymentIntent = Schema.Struct({
  object: Schema.Literal("payment_intent"),
  id: Id,
  // Stripe adds to its words, so that an unknown one is no error; whoever reads it decides.
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

/** Money on its way back. */
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

/** Our own names, as Stripe keeps them with the object: whose it is, and which request made it. */
export const metadataOf = (orderId: string, key: string) => ({ order_id: orderId, souk_key: key })

interface Labelled {
  readonly metadata?: Readonly<Record<string, string>> | null | undefined
}

export const orderIdOf = ({ metadata }: Labelled): string | undefined => metadata?.["order_id"]

export const keyOf = ({ metadata }: Labelled): string | undefined => metadata?.["souk_key"]
