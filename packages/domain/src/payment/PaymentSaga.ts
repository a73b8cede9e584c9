/** The intents of a payment: every request to the provider that has no outcome yet. */
import { Option } from "effect"
import type { OrderId, RefundId } from "../kernel/Ids.ts"
import type * as Money from "../kernel/Money.ts"
import type { NextAction } from "../kernel/NextAction.ts"
import type { Saga } from "../kernel/Decider.ts"
import { clean } from "../kernel/Text.ts"
import type { PaymentCommand } from "./PaymentCommand.ts"
import type { PaymentEvent } from "./PaymentEvent.ts"
import {
  isMismatched,
  keyOf,
  type Ledger,
  openStep,
  type Payment,
  pendingRefunds,
  refundStep
} from "./PaymentState.ts"

/**
 * One call to the provider. `key` is its idempotency key: derived from the journalled request, so
 * that a repeat, after a crash or a lost response, is the same request.
 */
interface ProviderCall {
  readonly step: string
  readonly key: string
  readonly orderId: OrderId
  readonly amount: Money.Money
  readonly token: string
  /** The provider's reference of the authorisation, once it is known. */
  readonly reference: string | undefined
  /** A mismatch was recorded: the provider is looked up first. */
  readonly isRecheck: boolean
}

export type PaymentIntent =
  | (ProviderCall & { readonly _tag: "Authorize" | "Check" | "Capture" | "Void" })
  | (ProviderCall & { readonly _tag: "Refund"; readonly refundId: RefundId })

const call = (payment: Ledger, step: string, amount: Money.Money): ProviderCall => {
  const { orderId, reference, token } = payment
  const key = keyOf(orderId, step)
  return { step, key, orderId, amount, token, reference, isRecheck: false }
}

const intents = {
  authorize: "Authorize",
  // The authorisation is looked up by its key.
  check: "Check",
  capture: "Capture",
  void: "Void"
} as const

const owed = (payment: Ledger): ReadonlyArray<PaymentIntent> => {
  const step = openStep(payment)
  return [
    ...(step === undefined
      ? []
      : [{ _tag: intents[step], ...call(payment, step, payment.amount) }]),
    ...pendingRefunds(payment).map(({ amount, id }) => ({
      _tag: "Refund" as const,
      refundId: id,
      ...call(payment, refundStep(id), amount)
    }))
  ]
}

const recheckOf = (step: string): string => `${step}/recheck`

/** Every open request. One with a mismatch is another step, which only looks it up now and then. */
export const resume = (payment: Payment): ReadonlyArray<PaymentIntent> =>
  payment._tag === "Absent" || payment._tag === "Barred"
    ? []
    : owed(payment).map((intent) =>
        isMismatched(payment, intent.step)
          ? { ...intent, step: recheckOf(intent.step), isRecheck: true }
          : intent
      )

const requests = new Set([
  "PaymentAuthorizationRequested",
  "PaymentActionRequired",
  "PaymentCaptureRequested",
  "PaymentVoidRequested"
])

export const react = (payment: Payment, event: PaymentEvent): ReadonlyArray<PaymentIntent> => {
  switch (event._tag) {
    case "PaymentRefundRequested":
      return resume(payment).filter(({ step }) => step === refundStep(event.refundId))
    case "PaymentMismatched":
      return resume(payment).filter(({ step }) => step === recheckOf(event.step))
    default:
      return requests.has(event._tag) ? resume(payment) : []
  }
}

export const saga: Saga<Payment, PaymentEvent, PaymentIntent> = { resume, react }

const isForward: ReadonlySet<string> = new Set(["Authorizing", "AwaitingCustomer", "Capturing"])

/**
 * Whether a request is pending that no order may be waiting for: refunds, what undoes it,
 * and looks at books that disagree, once its order has ended. It is reminded of that, ever more
 * rarely and at last once a minute.
 */
export const isOnItsOwn = (payment: Payment): boolean => {
  if (payment._tag === "Absent" || payment._tag === "Barred") return false
  const isWanted = isForward.has(payment._tag) && !payment.isUndoing
  return !isWanted && resume(payment).length > 0
}

/** Whether it waits for a person only: the customer, or an operator who resolves a mismatch. */
export const awaitsPerson = (payment: Payment): boolean =>
  payment._tag === "AwaitingCustomer" || resume(payment).every(({ isRecheck }) => isRecheck)

/** The provider's answer: final, or open until the customer acts. */
export type ProviderAnswer =
  | {
      readonly _tag: "NeedsCustomer"
      readonly reference: string
      readonly nextAction: NextAction
    }
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }
  /** Accepted, and a bank may take days: looked up now and then. */
  | { readonly _tag: "Undecided"; readonly reference: string }
  /** Its data contradict the request: another amount, currency or order. */
  | { readonly _tag: "Disagrees"; readonly reference: string; readonly detail: string }

/** Texts of a provider go into the journal, so they are cut and cleaned here. */
const cleaned = (outcome: ProviderAnswer): ProviderAnswer => {
  switch (outcome._tag) {
    case "Declined":
      return { ...outcome, code: clean(outcome.code, 100) }
    case "Disagrees": {
      const detail = clean(outcome.detail, 500)
      return { ...outcome, reference: clean(outcome.reference, 200), detail }
    }
    case "Succeeded":
    case "Undecided":
      return { ...outcome, reference: clean(outcome.reference, 200) }
    case "NeedsCustomer": {
      const type = clean(outcome.nextAction.type, 100)
      return { ...outcome, reference: clean(outcome.reference, 200), nextAction: { type } }
    }
  }
}

/** The command that records the provider's answer. */
export const answer = (
  intent: PaymentIntent,
  said: ProviderAnswer
): Option.Option<PaymentCommand> => {
  const outcome = cleaned(said)
  switch (outcome._tag) {
    case "NeedsCustomer": {
      // To be checked again later, unless this is how we learn of it.
      const { nextAction, reference } = outcome
      return intent._tag === "Authorize"
        ? Option.some({ _tag: "RecordCustomerNeeded", reference, nextAction })
        : Option.none()
    }
    case "Undecided":
      return Option.none()
    case "Disagrees": {
      // Still: it is in the journal already.
      const { detail, reference } = outcome
      return intent.isRecheck
        ? Option.none()
        : Option.some({ _tag: "RecordMismatch", step: intent.step, reference, detail })
    }
    default:
      return Option.some(settled(intent, outcome))
  }
}

type Settled = Extract<ProviderAnswer, { readonly _tag: "Succeeded" | "Declined" }>

const settled = (intent: PaymentIntent, outcome: Settled): PaymentCommand => {
  const isDone = outcome._tag === "Succeeded"
  switch (intent._tag) {
    case "Authorize":
    case "Check":
      return isDone
        ? { _tag: "RecordAuthorization", reference: outcome.reference }
        : { _tag: "RecordDecline", code: outcome.code }
    case "Capture":
      return isDone
        ? { _tag: "RecordCapture", reference: outcome.reference }
        : { _tag: "RecordCaptureFailure", code: outcome.code }
    case "Void":
      // An authorisation that the provider does not know holds no money.
      return { _tag: "RecordVoid", reference: isDone ? outcome.reference : "lapsed" }
    case "Refund": {
      const { refundId } = intent
      return isDone
        ? { _tag: "RecordRefund", refundId, reference: outcome.reference }
        : { _tag: "RecordRefundFailure", refundId, code: outcome.code }
    }
  }
}
