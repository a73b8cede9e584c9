/** The payment provider of the shop in memory: it does as scripted, and keeps its own book. */
import type { OrderId } from "../kernel/Ids.ts"
import { must } from "./Invariant.ts"
import type { PaymentIntent, ProviderAnswer } from "../payment/PaymentSaga.ts"

/** What goes wrong with one order; what is not named goes well. */
export interface Script {
  readonly declines?: string
  readonly captureFails?: string
  /** How many refunds fail before one succeeds. */
  readonly refundsFail?: number
  readonly carrierRefuses?: string
  /** The bank wants the customer, who comes back when the provider was asked this often. */
  readonly customerAfter?: number
}

/** One line of the provider's book. */
export interface Entry {
  readonly key: string
  readonly kind: Exclude<PaymentIntent["_tag"], "Check">
  readonly orderId: OrderId
  readonly isDone: boolean
  readonly amountMinor: number
}

/** What goes wrong with which order. May change at any time. */
export type Scripts = ReadonlyMap<OrderId, Script>

export class Gateway {
  readonly book: Array<Entry> = []
  readonly #scripts: Scripts
  readonly #answers = new Map<string, ProviderAnswer>()
  /** How often an authorisation was asked for whose customer has not come back. */
  readonly #asked = new Map<string, number>()

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  /** Does it once per key, and gives the same answer to every repetition. */
  call(intent: PaymentIntent): ProviderAnswer {
    const { amount, key, orderId } = intent
    const before = this.#answers.get(key)
    if (before !== undefined) return before
    if (this.#isAwaited(intent)) return needsCustomer(key)
    const code = this.#refusal(intent)
    const isDone = code === undefined
    if (isDone) this.#retry(intent)
    this.book.push({ key, kind: kindOf(intent), orderId, isDone, amountMinor: amount.amountMinor })
    const answer: ProviderAnswer = isDone
      ? { _tag: "Succeeded", reference: `ref-${this.book.length}` }
      : { _tag: "Declined", code }
    this.#answers.set(key, answer)
    return answer
  }

  /** What became of a request; nothing when it never arrived. */
  lookup(intent: PaymentIntent): ProviderAnswer | undefined {
    const isKnown = this.#answers.has(intent.key) || this.#asked.has(intent.key)
    return isKnown ? this.call(intent) : undefined
  }

  /** The lines of one kind that were done for one order. */
  done(orderId: OrderId, kind: Entry["kind"]): ReadonlyArray<Entry> {
    return this.book.filter(
      (entry) => entry.isDone && entry.orderId === orderId && entry.kind === kind
    )
  }

  /** How much of the customer's money is with us. */
  balance(orderId: OrderId): number {
    const sum = (kind: Entry["kind"]) =>
      this.done(orderId, kind).reduce((total, { amountMinor }) => total + amountMinor, 0)
    return sum("Capture") - sum("Refund")
  }

  #isAwaited(intent: PaymentIntent): boolean {
    const { key, orderId } = intent
    if (kindOf(intent) !== "Authorize" || this.done(orderId, "Void").length > 0) return false
    const asked = this.#asked.get(key) ?? 0
    this.#asked.set(key, asked + 1)
    return asked < (this.#scripts.get(orderId)?.customerAfter ?? 0)
  }

  #refusal(intent: PaymentIntent): string | undefined {
    const { orderId } = intent
    const kind = kindOf(intent)
    const script = this.#scripts.get(orderId) ?? {}
    switch (kind) {
      case "Authorize":
        return this.done(orderId, "Void").length > 0 ? "voided" : script.declines
      case "Capture":
        return script.captureFails
      case "Void":
        return undefined
      case "Refund": {
        const failures = this.book.filter(
          (entry) => entry.orderId === orderId && entry.kind === kind && !entry.isDone
        )
        return failures.length < (script.refundsFail ?? 0) ? "account_closed" : undefined
      }
    }
  }

  /** No honest shop asks for any of this. */
  #retry(intent: PaymentIntent) {
    const { amount, key, orderId } = intent
    const count = (kind: Entry["kind"]) => this.done(orderId, kind).length
    const isLive = count("Void") === 0 && count("Capture") === 0
    const isOpen = count("Authorize") === 1 && isLive
    const isAwaited = this.#asked.has(`${orderId}/authorize`)
    const isSound = {
      Authorize: count("Authorize") === 0,
      Capture: isOpen,
      Void: isOpen || (isAwaited && isLive),
      Refund: amount.amountMinor <= this.balance(orderId)
    }
    if (!isSound[kindOf(intent)]) must("I-31", false, `the provider was asked for ${key}`)
  }
}

/** A check asks for the authorisation it is about. */
const kindOf = ({ _tag }: PaymentIntent): Entry["kind"] => (_tag === "Check" ? "Authorize" : _tag)

const needsCustomer = (key: string): ProviderAnswer => ({
  _tag: "NeedsCustomer",
  reference: `ref-${key}`,
  nextAction: { type: "redirect_to_url", redirectUrl: "https://bank.example/confirm" }
})
