/** The stand-in's own book: what it was asked for, by Stripe's rules, and what it did. */
import type { Stripe } from "stripe"
import { paymentIntent, refund } from "./StripeShapes.ts"

/** Money that moved, or was let go. */
export interface Entry {
  readonly kind: "authorize" | "capture" | "void" | "refund"
  readonly key: string
  readonly amount: number
  readonly currency: string
}

export interface Answer {
  readonly status: number
  readonly body: object
}

export type Form = Readonly<Record<string, string>>

export type ErrorBody = Pick<Stripe.StripeRawError, "code" | "decline_code" | "param" | "message"> &
  Partial<Pick<Stripe.StripeRawError, "payment_intent" | "type">>

export const errorOf = (status: number, error: ErrorBody): Answer => ({
  status,
  body: { error: { type: "invalid_request_error", message: "no", ...error } }
})

/** The test cards that are refused, with Stripe's error code and decline code. */
const declines: Readonly<Record<string, readonly [code: string, declineCode: string]>> = {
  pm_card_chargeDeclined: ["card_declined", "generic_decline"],
  pm_card_chargeDeclinedInsufficientFunds: ["card_declined", "insufficient_funds"],
  pm_card_chargeDeclinedLostCard: ["card_declined", "lost_card"],
  pm_card_chargeDeclinedExpiredCard: ["expired_card", "expired_card"],
  pm_card_chargeDeclinedIncorrectCvc: ["incorrect_cvc", "incorrect_cvc"],
  pm_card_chargeDeclinedProcessingError: ["processing_error", "processing_error"]
}

const accepted = new Set(["pm_card_visa", "pm_card_mastercard", "pm_card_pendingRefund"])

const threeDecimals = new Set(["bhd", "jod", "kwd", "omr", "tnd"])

export class StripeBook {
  readonly entries: Array<Entry> = []
  readonly #written: (entry: Entry) => void
  readonly intents = new Map<string, Stripe.PaymentIntent>()
  readonly refunds = new Map<string, Stripe.Refund>()
  #indexed: ReadonlyArray<Stripe.PaymentIntent> = []

  /** `written` gets each entry before any response or webhook tells of it. */
  constructor(written: (entry: Entry) => void = () => undefined) {
    this.#written = written
  }

  /** What search shows from now on: everything as it is now, and as it will be no more. */
  index(): void {
    this.#indexed = [...this.intents.values()]
  }

  search(orderId: string): ReadonlyArray<Stripe.PaymentIntent> {
    return this.#indexed.filter(({ metadata }) => metadata["order_id"] === orderId)
  }

  #name(prefix: string): string {
    return `${prefix}_standin${this.intents.size + this.refunds.size + 1}`
  }

  #write(key: string, kind: Entry["kind"], amount: number, currency: string): void {
    const entry = { key, kind, amount, currency }
    this.entries.push(entry)
    this.#written(entry)
  }

  #keep(intent: Stripe.PaymentIntent): Answer {
    this.intents.set(intent.id, intent)
    return { status: 200, body: intent }
  }

  create(key: string, form: Form, metadata: Form): Answer {
    const { currency = "", payment_method: token = "" } = form
    const amount = Number(form["amount"])
    const step = threeDecimals.has(currency) ? 10 : 1
    if (!Number.isInteger(amount) || amount % step !== 0) {
      return errorOf(400, { code: "parameter_invalid_integer", param: "amount" })
    }
    if (amount < 1) return errorOf(400, { code: "amount_too_small", param: "amount" })
    if (!/^[a-z]{3}$/.test(currency)) return errorOf(400, { param: "currency" })

    const terms = { id: this.#name("pi"), amount, currency, metadata, payment_method: token }
    const decline = declines[token]
    if (decline !== undefined) {
      const [code, decline_code] = decline
      const error = { type: "card_error", code, decline_code, message: "Your card was declined." }
      const status = "requires_payment_method"
      const refused = paymentIntent({ ...terms, status, last_payment_error: error })
      this.#keep(refused)
      return errorOf(402, { ...error, type: "card_error", payment_intent: refused })
    }
    if (token === "pm_card_threeDSecure2Required") {
      const next_action = { type: "use_stripe_sdk", use_stripe_sdk: {} }
      return this.#keep(paymentIntent({ ...terms, status: "requires_action", next_action }))
    }
    if (!accepted.has(token)) {
      return errorOf(400, { code: "resource_missing", param: "payment_method" })
    }
    return this.#authorized(key, paymentIntent(terms))
  }

  #authorized(key: string, intent: Stripe.PaymentIntent): Answer {
    const { amount, currency } = intent
    this.#write(key, "authorize", amount, currency)
    return this.#keep({
      ...intent,
      status: "requires_capture",
      amount_capturable: amount,
      next_action: null,
      latest_charge: intent.id.replace("pi_", "ch_")
    })
  }

  /** The customer has proved to be who they are, or failed to. */
  authenticate(id: string, isProved: boolean): void {
    const intent = this.intents.get(id)
    if (intent === undefined) throw new Error(`${id} is unknown`)
    if (isProved) this.#authorized(intent.metadata["souk_key"] ?? "", intent)
    else {
      this.#keep({
        ...intent,
        status: "requires_payment_method",
        next_action: null,
        last_payment_error: {
          type: "invalid_request_error",
          code: "payment_intent_authentication_failure"
        }
      })
    }
  }

  #unexpected(payment_intent: Stripe.PaymentIntent): Answer {
    return errorOf(400, { code: "payment_intent_unexpected_state", payment_intent })
  }

  capture(key: string, id: string, form: Form): Answer {
    const intent = this.intents.get(id)
    if (intent === undefined) return errorOf(404, { code: "resource_missing", param: "intent" })
    if (intent.status !== "requires_capture") return this.#unexpected(intent)
    const amount = Number(form["amount_to_capture"] ?? intent.amount_capturable)
    if (amount > intent.amount_capturable) return errorOf(400, { param: "amount_to_capture" })
    this.#write(key, "capture", amount, intent.currency)
    const taken = { amount_capturable: 0, amount_received: amount }
    return this.#keep({ ...intent, ...taken, status: "succeeded" })
  }

  cancel(key: string, id: string): Answer {
    const intent = this.intents.get(id)
    if (intent === undefined) return errorOf(404, { code: "resource_missing", param: "intent" })
    if (intent.status === "succeeded" || intent.status === "canceled") {
      return this.#unexpected(intent)
    }
    this.#write(key, "void", intent.amount, intent.currency)
    const reason = { cancellation_reason: "abandoned" }
    return this.#keep({ ...intent, ...reason, status: "canceled", amount_capturable: 0 })
  }

  refund(key: string, form: Form, metadata: Form): Answer {
    const intent = this.intents.get(form["payment_intent"] ?? "")
    if (intent === undefined) {
      return errorOf(404, { code: "resource_missing", param: "payment_intent" })
    }
    const gone = [...this.refunds.values()]
      .filter(({ payment_intent, status }) => payment_intent === intent.id && status !== "failed")
      .reduce((sum, { amount }) => sum + amount, 0)
    const left = intent.amount_received - gone
    const amount = Number(form["amount"])
    if (left === 0) return errorOf(400, { code: "charge_already_refunded" })
    if (amount > left) return errorOf(400, { param: "amount" })
    this.#write(key, "refund", amount, intent.currency)
    const isPending = intent.payment_method === "pm_card_pendingRefund"
    const made = refund({
      id: this.#name("re"),
      amount,
      currency: intent.currency,
      charge: intent.id.replace("pi_", "ch_"),
      payment_intent: intent.id,
      metadata,
      status: isPending ? "pending" : "succeeded"
    })
    this.refunds.set(made.id, made)
    return { status: 200, body: made }
  }

  refundsOf(id: string): ReadonlyArray<Stripe.Refund> {
    return [...this.refunds.values()]
      .filter(({ payment_intent }) => payment_intent === id)
      .toReversed()
  }

  /** The bank has decided about a refund that was pending, or has changed its mind. */
  settleRefund(id: string, terms: Partial<Stripe.Refund>): void {
    const made = this.refunds.get(id)
    if (made !== undefined) this.refunds.set(id, { ...made, ...terms })
  }
}
