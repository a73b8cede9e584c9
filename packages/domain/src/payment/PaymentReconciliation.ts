/** Our ledger of a payment held against what the provider says to each of its keys. */
import { Schema } from "effect"
import type { RefundId } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { byTag } from "../kernel/Tagged.ts"
import { clean } from "../kernel/Text.ts"
import type { RecordRefundReturned } from "./PaymentCommand.ts"
import type { PaymentAttempt, PaymentView } from "./PaymentView.ts"

const Kind = Schema.Literal("authorize", "capture", "void", "refund")
type Kind = typeof Kind.Type

/** How a request stands in one of the two books; `absent` is a request that book never heard of. */
const Standing = Schema.Literal("absent", "pending", "succeeded", "failed")
type Standing = typeof Standing.Type

/** One thing about which the two books differ, or cannot be compared. */
export const PaymentDifference = Schema.Struct({
  key: Schema.String,
  kind: Kind,
  /** What we asked for; for a request we never made, what it would have been about. */
  amount: Money,
  /**
   * - `missing_at_provider`: we have it as done, and the provider does not know it;
   * - `missing_here`: the provider has done it, and we never asked;
   * - `other_status`: both know it, and not as the same;
   * - `other_amount`: the provider has it under another amount, currency or order;
   * - `unanswered`: the provider has not decided, or could not be asked.
   */
  problem: Schema.Literal(
    "missing_at_provider",
    "missing_here",
    "other_status",
    "other_amount",
    "unanswered"
  ),
  ours: Standing,
  theirs: Schema.NullOr(Standing),
  detail: Schema.String
})
export type PaymentDifference = typeof PaymentDifference.Type

/** One key to ask the provider about. */
export interface ProviderQuery {
  readonly key: string
  readonly kind: Kind
  readonly amount: Money
  readonly ours: Standing
  /** The provider's name for the authorisation, by which it finds the money. */
  readonly reference: string | undefined
  /** Which refund it is about, if it is about one. */
  readonly refundId?: RefundId
}

/** What the provider says to one key. */
export type ProviderStatus =
  | { readonly _tag: "Unknown" }
  | { readonly _tag: "Succeeded"; readonly reference: string }
  | { readonly _tag: "Declined"; readonly code: string }
  | { readonly _tag: "NeedsCustomer" }
  /** The provider or a bank works on it. */
  | { readonly _tag: "Undecided" }
  /** It has something else under this key, and never anything we could call a success. */
  | { readonly _tag: "Disagrees"; readonly detail: string }
  /** It does not know yet, or it was not to be reached. */
  | { readonly _tag: "Silent"; readonly detail: string }

const attemptOf = ({ attempts }: PaymentView, kind: Kind): PaymentAttempt | undefined =>
  attempts.findLast((attempt) => attempt.kind === kind)

const standingOf = (payment: PaymentView, kind: Kind): Standing =>
  attemptOf(payment, kind)?.status ?? "absent"

/**
 * The kinds worth asking about though we never asked for them: only where the provider could have
 * done such a thing at all. Captures and voids need an authorisation.
 */
const suspected = (payment: PaymentView): ReadonlyArray<Kind> => {
  if (payment.attempts.length === 0) return ["authorize"]
  if (standingOf(payment, "authorize") !== "succeeded") return []
  const isCaptured = standingOf(payment, "capture") === "succeeded"
  return isCaptured ? [] : ["capture", "void"]
}

/** All that the provider has to be asked to know whether its book is ours. */
export const queries = (payment: PaymentView): ReadonlyArray<ProviderQuery> => {
  const { attempts, authorized, orderId, refunds } = payment
  const reference = attemptOf(payment, "authorize")?.reference
  const question = (step: string, kind: Kind, amount: Money, ours: Standing): ProviderQuery => ({
    key: `${orderId}/${step}`,
    kind,
    amount,
    ours,
    reference
  })
  const known = attempts.map(({ amount, kind, status }) => question(kind, kind, amount, status))
  const total = attempts[0]?.amount ?? authorized
  // Of what costs nothing no provider was told.
  if (attempts[0]?.amount.amountMinor === 0) return []
  const unheard = suspected(payment)
    .filter((kind) => standingOf(payment, kind) === "absent")
    .map((kind) => question(kind, kind, total, "absent"))
  const back = refunds.map(({ amount, id: refundId, status }) => ({
    ...question(`refund/${refundId}`, "refund", amount, status),
    refundId
  }))
  return [...known, ...unheard, ...back]
}

const theirsOf = byTag<ProviderStatus, Standing | null>({
  Unknown: () => "absent",
  Succeeded: () => "succeeded",
  Declined: () => "failed",
  NeedsCustomer: () => "pending",
  Undecided: () => "pending",
  Disagrees: () => null,
  Silent: () => null
})

/** Pairs of ours and theirs with which nothing is wrong, though they are not the same. */
const isHarmless = (
  payment: PaymentView,
  { kind, ours }: ProviderQuery,
  theirs: Standing
): boolean => {
  switch (ours) {
    case "absent":
    case "failed":
      // What came to nothing here may be unknown there, or refused there: no money moved.
      return theirs === "absent" || theirs === "failed"
    case "pending":
      // Not answered yet, because it did not arrive yet, or because the customer is awaited.
      return theirs === "absent" || theirs === "pending"
    case "succeeded": {
      const isVoided = standingOf(payment, "void") !== "absent"
      // An authorisation that was let go of is no success there any more.
      if (kind === "authorize" && theirs === "failed") return isVoided
      // A void of what had lapsed by itself left nothing to do.
      return kind === "void" && attemptOf(payment, "void")?.reference === "lapsed"
    }
  }
}

const problemOf = (ours: Standing, theirs: Standing): PaymentDifference["problem"] => {
  if (ours === "absent") return "missing_here"
  return theirs === "absent" ? "missing_at_provider" : "other_status"
}

const detailOf = byTag<ProviderStatus, string>({
  Unknown: () => "the provider does not know this key",
  Succeeded: ({ reference }) => `the provider has done it (${reference})`,
  Declined: ({ code }) => `the provider refused (${code})`,
  NeedsCustomer: () => "the provider waits for the customer",
  Undecided: () => "the provider has not decided yet",
  Disagrees: ({ detail }) => detail,
  Silent: ({ detail }) => detail
})

/** What is wrong with one key; nothing where both books say the same. */
const compare = (
  payment: PaymentView,
  question: ProviderQuery,
  word: ProviderStatus
): ReadonlyArray<PaymentDifference> => {
  const { amount, key, kind, ours } = question
  const theirs = theirsOf(word)
  const difference = { key, kind, amount, ours, theirs, detail: detailOf(word) }
  if (theirs === null) {
    const problem = word._tag === "Disagrees" ? "other_amount" : "unanswered"
    return [{ ...difference, problem }]
  }
  if (theirs === ours || isHarmless(payment, question, theirs)) return []
  return [{ ...difference, problem: problemOf(ours, theirs) }]
}

/** What differs between our ledger and what the provider said to `questions` of it. */
export const differences = (
  payment: PaymentView,
  statuses: ReadonlyArray<readonly [ProviderQuery, ProviderStatus]>
): ReadonlyArray<PaymentDifference> =>
  statuses.flatMap(([question, word]) => compare(payment, question, word))

/** The refunds that we have as done: a bank may send one back, weeks later. */
export const doneRefunds = (payment: PaymentView): ReadonlyArray<ProviderQuery> =>
  queries(payment).filter(({ kind, ours }) => kind === "refund" && ours === "succeeded")

/**
 * What the payment has to learn from these words by itself, because nothing is open in it that
 * would make it ask: a refund that had succeeded, and has failed at the provider since.
 */
export const corrections = (
  statuses: ReadonlyArray<readonly [ProviderQuery, ProviderStatus]>
): ReadonlyArray<RecordRefundReturned> =>
  statuses.flatMap(([{ ours, refundId }, word]) =>
    refundId !== undefined && ours === "succeeded" && word._tag === "Declined"
      ? [{ _tag: "RecordRefundReturned", refundId, code: clean(word.code, 100) }]
      : []
  )

/** Whether a request of this payment has no outcome yet. */
export const isOpen = ({ attempts, refunds }: PaymentView): boolean =>
  [...attempts, ...refunds].some(({ status }) => status === "pending")
