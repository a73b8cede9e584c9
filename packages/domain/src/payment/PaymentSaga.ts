/** What a payment owes the provider: every request that is in the journal and not answered yet. */
import { Option } from "effect"
import type { OrderId, RefundId } from "../kernel/Ids.ts"
import type * as Money from "../kernel/Money.ts"
import type { NextAction } from "../kernel/NextAction.ts"
import type { Saga } from "../kernel/Saga.ts"
import type { PaymentCommand } from "./PaymentCommand.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import { type Ledger, type Payment, pendingRefunds } from "./PaymentState.ts"

/**
 * One call to the provider. `key` is its idempotency key: derived from the journalled request, so
 * that asking again, after a crash or a lost answer, is asking for the same thing.
 */
interface ProviderCall {
  readonly step: string
  readonly key: string
  readonly orderId: OrderId
  readonly amount: Money.Money
  readonly token: string
  /** The provider's name for the authorisation, once it is known. */
  readonly reference: string | undefined
}

export type PaymentIntent =
  | (ProviderCall & { readonly _tag: "Authorize" | "Check" | "Capture" | "Void" })
  | (ProviderCall & { readonly _tag: "Refund"; readonly refundId: RefundId })

const call = (payment: Ledger, step: string, amount: Money.Money): ProviderCall => {
  const { orderId, reference, token } = payment
  return { step, key: `${orderId}/${step}`, orderId, amount, token, reference }
}

export const resume = (payment: Payment): ReadonlyArray<PaymentIntent> => {
  switch (payment._tag) {
    case "Authorizing":
      return [{ _tag: "Authorize", ...call(payment, "authorize", payment.amount) }]
    case "AwaitingCustomer": {
      // The customer may have come back without anybody telling us: ask the provider by that key.
      const authorize = call(payment, "authorize", payment.amount)
      return [{ _tag: "Check", ...authorize, step: "check" }]
    }
    case "Capturing":
      return [{ _tag: "Capture", ...call(payment, "capture", payment.amount) }]
    case "Voiding":
      return [{ _tag: "Void", ...call(payment, "void", payment.amount) }]
    case "Captured":
      return pendingRefunds(payment).map(({ amount, id }): PaymentIntent => ({
        _tag: "Refund",
        refundId: id,
        ...call(payment, `refund/${id}`, amount)
      }))
    default:
      return []
  }
}

const requests = new Set([
  "PaymentAuthorizationRequested",
  "PaymentCustomerNeeded",
  "PaymentCaptureRequested",
  "PaymentVoidRequested"
])

export const react = (payment: Payment, event: PaymentEvent): ReadonlyArray<PaymentIntent> =>
  event._tag === "PaymentRefundRequested"
    ? resume(payment).filter(({ step }) => step === `refund/${event.refundId}`)
    : requests.has(event._tag)
      ? resume(payment)
      : []

export const saga: Saga<Payment, PaymentEvent, PaymentIntent> = { resume, react }

/** Whether a refund is under way that the provider has not answered yet. */
export const hasOpenRefund = (payment: Payment): boolean =>
  payment._tag === "Captured" && pendingRefunds(payment).length > 0

/** What the provider says: decided for good, or for the customer to decide. */
export type ProviderAnswer =
  | {
      readonly _tag: "NeedsCustomer"
      readonly reference: string
      readonly nextAction: NextAction
    }
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }

/** The payment is told what the provider decided. */
export const answer = (
  intent: PaymentIntent,
  outcome: ProviderAnswer
): Option.Option<PaymentCommand> => {
  if (outcome._tag === "NeedsCustomer") {
    // To be checked again later, unless this is how we learn of it.
    const { nextAction, reference } = outcome
    return intent._tag === "Authorize"
      ? Option.some({ _tag: "RecordCustomerNeeded", reference, nextAction })
      : Option.none()
  }
  const isDone = outcome._tag === "Succeeded"
  switch (intent._tag) {
    case "Authorize":
    case "Check":
      return Option.some(
        isDone
          ? { _tag: "RecordAuthorization", reference: outcome.reference }
          : { _tag: "RecordDecline", code: outcome.code }
      )
    case "Capture":
      return Option.some(
        isDone
          ? { _tag: "RecordCapture", reference: outcome.reference }
          : { _tag: "RecordCaptureFailure", code: outcome.code }
      )
    case "Void":
      // An authorisation the provider no longer knows holds no money either.
      return Option.some({ _tag: "RecordVoid", reference: isDone ? outcome.reference : "lapsed" })
    case "Refund": {
      const { refundId } = intent
      return Option.some(
        isDone
          ? { _tag: "RecordRefund", refundId, reference: outcome.reference }
          : { _tag: "RecordRefundFailure", refundId, code: outcome.code }
      )
    }
  }
}
