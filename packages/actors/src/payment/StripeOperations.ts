/** The four kinds of request at Stripe: how each is made, found again, and read. */
import { Effect, Option } from "effect"
import type { Stripe } from "stripe"
import {
  type AnyOutcome,
  type AuthorizeOutcome,
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  GatewayUnavailable,
  type RefundOutcome
} from "./PaymentGateway.ts"
import * as Amounts from "./StripeAmounts.ts"
import * as Answers from "./StripeResponses.ts"
import type { StripeClient } from "./StripeClient.ts"
import { keyOf, metadataOf, pageOf, PaymentIntent, Refund } from "./StripeObjects.ts"
import { refused, type StripeError, tryLater } from "./StripeErrors.ts"

// How the outcome of a lost response is found
//
// Stripe keeps the result of a key for at least 24 hours, and returns it when the request is
// repeated. Later a repeat would be executed again, so a request is always looked up before it is
// repeated, by data that Stripe keeps for good:
//
//   capture, void   the payment intent, by its reference
//   refund          the refunds of that payment intent, by the key in their metadata
//   authorisation   by its reference where it is known, else by the order and key in the metadata
//
// The first two are exact. The search index behind the last lags by a minute, at times by an hour,
// and never by a day: Stripe still has the key of a request that it does not show yet. That is
// why "not found" may always be followed by the same request with the same key.

/** A kind of request: how it is made, how it is found again, and how its object is read. */
export interface Step<A, O extends AnyOutcome> {
  readonly make: (request: GatewayRequest) => Asking<A>
  readonly find: (request: GatewayRequest) => Asking<Option.Option<A>>
  readonly read: (request: GatewayRequest, object: A) => Answers.Reading<O>
  /** The outcome of a refusal. The object, where there is one, is read first. */
  readonly whenRefused: (code: string) => Effect.Effect<O | GatewayOutcome, GatewayFailure>
}

type Asking<A> = Effect.Effect<A, StripeError | GatewayFailure>

/** How many refunds of one payment are searched. */
const refundsMax = 1_000

const isForGood = (code: string) => Effect.succeed(Answers.declined(code))

const optionsOf = ({ key }: GatewayRequest) => ({ idempotencyKey: key })

const authorization = ({
  amount,
  key,
  orderId,
  token
}: GatewayRequest): Stripe.PaymentIntentCreateParams => ({
  ...Amounts.toStripe(amount),
  payment_method: token,
  // No return page: the storefront handles the required action.
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  capture_method: "manual",
  confirm: true,
  // The customer is present, so the bank may ask for confirmation.
  off_session: false,
  metadata: metadataOf(orderId, key)
})

const onlyPayable = ({ amount }: GatewayRequest): Effect.Effect<void, StripeError> =>
  Amounts.isPayable(amount)
    ? Effect.void
    : Effect.fail(refused("amount_not_payable", "the last of three decimals is not 0"))

export const authorizing = (client: StripeClient): Step<PaymentIntent, AuthorizeOutcome> => {
  const { ofKey } = intents(client)
  return {
    make: (request) =>
      Effect.zipRight(
        onlyPayable(request),
        client.ask(PaymentIntent, (stripe) =>
          stripe.paymentIntents.create(authorization(request), optionsOf(request))
        )
      ),
    find: ofKey,
    read: Answers.readAuthorization,
    whenRefused: isForGood
  }
}

export const capturing = (client: StripeClient): Step<PaymentIntent, GatewayOutcome> => {
  const { ofOrder, referenceOf } = intents(client)
  return {
    make: (request) =>
      Effect.flatMap(referenceOf(request), (reference) => {
        const { amount: amount_to_capture } = Amounts.toStripe(request.amount)
        return client.ask(PaymentIntent, (stripe) =>
          stripe.paymentIntents.capture(reference, { amount_to_capture }, optionsOf(request))
        )
      }),
    find: ofOrder,
    read: Answers.readCapture,
    whenRefused: isForGood
  }
}

export const voiding = (client: StripeClient): Step<PaymentIntent, GatewayOutcome> => {
  const { ofOrder, referenceOf } = intents(client)
  return {
    make: (request) =>
      Effect.flatMap(referenceOf(request), (reference) =>
        client.ask(PaymentIntent, (stripe) =>
          stripe.paymentIntents.cancel(
            reference,
            { cancellation_reason: "abandoned" },
            optionsOf(request)
          )
        )
      ),
    find: ofOrder,
    read: Answers.readVoid,
    // Money that is still held must be reported, whatever the reason for the refusal.
    whenRefused: (code) => new GatewayUnavailable({ detail: code })
  }
}

export const refunding = (client: StripeClient): Step<Refund, RefundOutcome> => {
  const { referenceOf } = intents(client)
  return {
    make: (request) =>
      Effect.flatMap(Effect.zipRight(onlyPayable(request), referenceOf(request)), (reference) => {
        const { amount } = Amounts.toStripe(request.amount)
        const metadata = metadataOf(request.orderId, request.key)
        return client.ask(Refund, (stripe) =>
          stripe.refunds.create({ payment_intent: reference, amount, metadata }, optionsOf(request))
        )
      }),
    find: (request) =>
      Effect.gen(function* () {
        const reference = yield* referenceOf(request)
        const { data } = yield* client.ask(pageOf(Refund), async (stripe) => ({
          data: await stripe.refunds
            .list({ payment_intent: reference, limit: 100 })
            .autoPagingToArray({ limit: refundsMax })
        }))
        const mine = data.filter((refund) => keyOf(refund) === request.key)
        if (mine.length === 0 && data.length === refundsMax) {
          return yield* Effect.fail(tryLater(`${reference} has ${refundsMax} refunds or more`))
        }
        return yield* Answers.theOne(request, mine)
      }),
    read: Answers.readRefund,
    whenRefused: isForGood
  }
}

/** The payment intents that a request may be about. */
const intents = ({ ask }: StripeClient) => {
  const retrieve = (id: string) =>
    ask(PaymentIntent, (stripe) => stripe.paymentIntents.retrieve(id))

  const search = (request: GatewayRequest, isMeant: (intent: PaymentIntent) => boolean) =>
    Effect.gen(function* () {
      const query = `metadata["order_id"]:"${request.orderId}"`
      const page = yield* ask(pageOf(PaymentIntent), (stripe) =>
        stripe.paymentIntents.search({ query, limit: 100 })
      )
      const found = yield* Answers.theOne(request, page.data.filter(isMeant))
      // The index gives the id; only the object has the present state.
      return Option.isSome(found) ? Option.some(yield* retrieve(found.value.id)) : found
    })

  const find = (request: GatewayRequest, isMeant: (intent: PaymentIntent) => boolean) =>
    request.reference === undefined
      ? search(request, isMeant)
      : Effect.asSome(retrieve(request.reference))

  const ofOrder = (request: GatewayRequest) => find(request, () => true)

  const referenceOf = (request: GatewayRequest): Asking<string> =>
    request.reference === undefined
      ? Effect.flatMap(
          ofOrder(request),
          Option.match({
            onNone: () => Effect.fail(tryLater("no payment intent of this order is found yet")),
            onSome: ({ id }) => Effect.succeed(id)
          })
        )
      : Effect.succeed(request.reference)

  return {
    ofOrder,
    ofKey: (request: GatewayRequest) => find(request, (intent) => keyOf(intent) === request.key),
    referenceOf
  }
}
