/**
 * The cards of the sandbox, by the tokens testers know from Stripe, and some nobody else offers.
 */

/** What a card does when it is charged. */
export type CardBehaviour =
  | { readonly _tag: "Accept"; readonly afterMs: number; readonly refundCode?: string }
  | { readonly _tag: "Decline"; readonly code: string }
  /** The answer is lost; the money was set aside, or not. */
  | { readonly _tag: "LoseAnswer"; readonly isCharged: boolean }
  /** No answer before this long after the first attempt, if ever; then yes. */
  | { readonly _tag: "AnswerLate"; readonly afterMs: number }
  /**
   * The bank wants the customer, who comes back after this long; Souk is told so often. Then the
   * bank agrees, or not.
   */
  | {
      readonly _tag: "AskCustomer"
      readonly afterMs: number
      readonly notices: number
      readonly code?: string
    }
  /** Internal errors this many times, then yes. */
  | { readonly _tag: "Stumble"; readonly times: number }

const decline = (code: string): CardBehaviour => ({ _tag: "Decline", code })

const cards: Readonly<Record<string, CardBehaviour>> = {
  pm_card_visa: { _tag: "Accept", afterMs: 0 },
  pm_card_mastercard: { _tag: "Accept", afterMs: 0 },
  /** Takes money, and none back. */
  pm_card_refundFail: { _tag: "Accept", afterMs: 0, refundCode: "expired_or_canceled_card" },
  pm_card_chargeDeclined: decline("generic_decline"),
  pm_card_chargeDeclinedInsufficientFunds: decline("insufficient_funds"),
  pm_card_chargeDeclinedExpiredCard: decline("expired_card"),
  pm_card_authenticationRequired: { _tag: "AskCustomer", afterMs: 2_000, notices: 1 },
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: {
    _tag: "AskCustomer",
    afterMs: 500,
    notices: 1,
    code: "insufficient_funds"
  },
  pm_souk_slow: { _tag: "Accept", afterMs: 2_000 },
  pm_souk_timeout_charged: { _tag: "LoseAnswer", isCharged: true },
  pm_souk_timeout_not_charged: { _tag: "LoseAnswer", isCharged: false },
  pm_souk_silence: { _tag: "AskCustomer", afterMs: 2_000, notices: 0 },
  pm_souk_late_success: { _tag: "AnswerLate", afterMs: 10_000 },
  pm_souk_duplicate_webhook: { _tag: "AskCustomer", afterMs: 500, notices: 3 },
  pm_souk_flaky: { _tag: "Stumble", times: 2 }
}

/** What the card behind `token` does; a token nobody issued is declined. */
export const behaviourOf = (token: string): CardBehaviour =>
  cards[token] ?? decline("invalid_payment_method")
