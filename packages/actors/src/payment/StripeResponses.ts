/** Outcomes of requests from Stripe's objects: done, declined, open, or contradicting. */
import { Either, Option } from "effect"
import {
  type AnyOutcome,
  type AuthorizeOutcome,
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  OutcomeUnknown,
  ProviderDisagrees,
  type RefundOutcome
} from "./PaymentGateway.ts"
import * as Amounts from "./StripeAmounts.ts"
import { codeOf } from "./StripeDeclines.ts"
import { orderIdOf, type PaymentIntent, type Refund } from "./StripeObjects.ts"

/** None means that the request was not executed. */
export type Reading<A extends AnyOutcome> = Either.Either<Option.Option<A>, GatewayFailure>

const succeeded = (reference: string): GatewayOutcome => ({ _tag: "Succeeded", reference })

export const declined = (code: string): GatewayOutcome => ({ _tag: "Declined", code })

const settled = <A extends AnyOutcome>(outcome: A): Reading<A> => Either.right(Option.some(outcome))

const notDone: Reading<never> = Either.right(Option.none())

const undecided = ({ key }: GatewayRequest, { id, status }: PaymentIntent) =>
  Either.left(new OutcomeUnknown({ key, detail: `${id} is ${status}` }))

const disagree = ({ key }: GatewayRequest, reference: string, detail: string) =>
  Either.left(new ProviderDisagrees({ key, reference, detail }))

/** The object of another order, or another amount: a mismatch, whatever its status. */
const disagreement = (
  { amount, key, orderId }: GatewayRequest,
  object: PaymentIntent | Refund,
  answered: number
): Option.Option<ProviderDisagrees> => {
  const { currency, id: reference } = object
  const owner = orderIdOf(object)
  if (owner !== orderId) {
    const detail = `it belongs to ${owner ?? "no order"}`
    return Option.some(new ProviderDisagrees({ key, reference, detail }))
  }
  const money = { amount: answered, currency }
  if (Amounts.isSame(amount, money)) return Option.none()
  const detail = `${Amounts.format(money)}, not ${Amounts.format(Amounts.toStripe(amount))}`
  return Option.some(new ProviderDisagrees({ key, reference, detail }))
}

/** `settled(outcome)`, unless the object does not match the request. */
const agreed = <A extends AnyOutcome>(
  request: GatewayRequest,
  object: PaymentIntent | Refund,
  answered: number,
  outcome: A
): Reading<A> =>
  Option.match(disagreement(request, object, answered), {
    onNone: () => settled(outcome),
    onSome: Either.left
  })

const needsCustomer = ({ client_secret, id, next_action }: PaymentIntent): AuthorizeOutcome => {
  const redirectUrl = next_action?.redirect_to_url?.url
  return {
    _tag: "NeedsCustomer",
    reference: id,
    nextAction: {
      type: next_action?.type ?? "unknown",
      ...(client_secret ? { clientSecret: client_secret } : {}),
      ...(redirectUrl ? { redirectUrl } : {})
    }
  }
}

export const readAuthorization = (
  request: GatewayRequest,
  intent: PaymentIntent
): Reading<AuthorizeOutcome> => {
  switch (intent.status) {
    case "requires_capture":
      return agreed(request, intent, intent.amount_capturable, succeeded(intent.id))
    // Captured since: then it was authorised first.
    case "succeeded":
      return agreed(request, intent, intent.amount, succeeded(intent.id))
    case "requires_action":
      return agreed(request, intent, intent.amount, needsCustomer(intent))
    case "requires_payment_method": {
      const code = codeOf(intent.last_payment_error ?? {})
      return agreed(request, intent, intent.amount, declined(code))
    }
    case "canceled":
      return agreed(request, intent, intent.amount, declined("authorization_canceled"))
    default:
      return undecided(request, intent)
  }
}

export const readCapture = (
  request: GatewayRequest,
  intent: PaymentIntent
): Reading<GatewayOutcome> => {
  switch (intent.status) {
    case "succeeded":
      return agreed(request, intent, intent.amount_received, succeeded(intent.id))
    case "requires_capture":
      return notDone
    // After seven days, as a rule, or by hand.
    case "canceled":
      return settled(declined("authorization_canceled"))
    default:
      return undecided(request, intent)
  }
}

/** A void is never declined: it is open as long as Stripe holds or has captured money. */
export const readVoid = (
  request: GatewayRequest,
  intent: PaymentIntent
): Reading<GatewayOutcome> => {
  switch (intent.status) {
    case "canceled":
      return settled(succeeded(intent.id))
    case "succeeded":
      return disagree(request, intent.id, "it was captured, and cannot be voided any more")
    default:
      return notDone
  }
}

export const readRefund = (request: GatewayRequest, refund: Refund): Reading<RefundOutcome> => {
  switch (refund.status) {
    case "succeeded":
      return agreed(request, refund, refund.amount, succeeded(refund.id))
    case "failed":
      return settled(declined(codeOf({ code: refund.failure_reason || "refund_failed" })))
    case "canceled":
      return settled(declined("refund_canceled"))
    // Pending, waiting for an action, or a new status: undecided.
    default:
      return agreed(request, refund, refund.amount, { _tag: "Undecided", reference: refund.id })
  }
}

/** Whether it holds or has captured the customer's money. */
const holdsMoney = ({ status }: PaymentIntent | Refund): boolean =>
  status === "requires_capture" || status === "succeeded"

/** The object that counts among several with one key. Two that hold money are a mismatch. */
export const theOne = <A extends PaymentIntent | Refund>(
  request: GatewayRequest,
  found: ReadonlyArray<A>
): Either.Either<Option.Option<A>, ProviderDisagrees> => {
  const holding = found.filter(holdsMoney)
  const [first, second] = holding
  if (first !== undefined && second !== undefined) {
    return disagree(request, first.id, `${second.id} was made for it as well`)
  }
  return Either.right(Option.fromNullable(first ?? found[0]))
}
