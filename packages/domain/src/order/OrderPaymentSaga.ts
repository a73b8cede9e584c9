/** What an order asks of its payment, and what it makes of the answer. */
import { Either, Option } from "effect"
import type {
  AuthorizePayment,
  CapturePayment,
  PaymentRejection,
  UndoPayment
} from "../payment/PaymentCommand.ts"
import { lateReason, type PaymentView } from "../payment/PaymentView.ts"
import type { OrderCommand } from "./OrderCommand.ts"

/** One question to the payment of this order. */
export interface AskPayment {
  readonly _tag: "AskPayment"
  readonly step: string
  readonly command: AuthorizePayment | CapturePayment | UndoPayment
}

/** Once the books disagree, asking again is another step: a look, now and then. */
export const stepOf = (
  step: string,
  { isMismatched }: { readonly isMismatched?: boolean }
): string => (isMismatched === true ? `${step}/recheck` : step)

export const isRecheck = (step: string): boolean => step.endsWith("/recheck")

const declined = (view: PaymentView): Option.Option<OrderCommand> =>
  Option.some({ _tag: "RecordDeclined", declineCode: view.declineCode ?? "declined" })

/** Whether the provider said yes after the order had been given up. */
const isLate = ({ attempts, refunds }: PaymentView): boolean =>
  attempts.some(({ reason }) => reason === "late_success") ||
  refunds.some(({ reason }) => reason === lateReason)

const done = (outcome: string): Option.Option<OrderCommand> =>
  Option.some({ _tag: "RecordCompensated", undo: { _tag: "UndoPayment" }, outcome })

const paymentCompensated = (view: PaymentView): Option.Option<OrderCommand> => {
  const isOver = !view.refunds.some(({ status }) => status === "pending")
  switch (view.status) {
    case "cancelled":
    case "declined":
      return done("nothing_to_undo")
    case "voided":
    case "refunded":
      return done(isLate(view) ? `late_${view.status}` : view.status)
    case "captured":
    case "partially_refunded":
      if (view.mismatches.length > 0) return done("mismatched")
      if (view.captured.amountMinor === 0) return done("nothing_to_undo")
      // The provider refused every attempt to refund: a person has to, and the order says so.
      return isOver ? done("refund_failed") : Option.none()
    case "pending":
    case "requires_action":
    case "authorized":
    case "voiding":
      // Nothing this order can wait for: an operator settles it with the payment.
      return view.mismatches.length > 0 ? done("mismatched") : Option.none()
  }
}

/** What keeps a payment from going on, told once. */
const mismatched = (step: string, [mismatch]: PaymentView["mismatches"]) =>
  mismatch === undefined || isRecheck(step)
    ? Option.none<OrderCommand>()
    : Option.some<OrderCommand>({ _tag: "RecordPaymentMismatch", detail: mismatch.detail })

/** The order is told what became of a question to its payment; nothing while that is open. */
export const answerPayment = (
  { command, step }: AskPayment,
  reply: Either.Either<PaymentView, PaymentRejection>
): Option.Option<OrderCommand> => {
  if (Either.isLeft(reply)) {
    if (command._tag === "UndoPayment") return done("undo_refused")
    return Option.some({ _tag: "RecordDeclined", declineCode: reply.left._tag })
  }
  const view = reply.right
  switch (command._tag) {
    case "AuthorizePayment":
      if (view.status === "declined") return declined(view)
      if (view.nextAction !== undefined && step.startsWith("authorize")) {
        return Option.some({ _tag: "RecordCustomerNeeded", nextAction: view.nextAction })
      }
      return view.authorized.amountMinor > 0 || view.status === "authorized"
        ? Option.some({ _tag: "RecordAuthorized" })
        : mismatched(step, view.mismatches)
    case "CapturePayment":
      // A part may have been refunded before this order learnt of the capture.
      if (view.attempts.some(({ kind, status }) => kind === "capture" && status === "succeeded")) {
        return Option.some({ _tag: "RecordCaptured" })
      }
      return view.declineCode === undefined ? mismatched(step, view.mismatches) : declined(view)
    case "UndoPayment":
      return paymentCompensated(view)
  }
}
