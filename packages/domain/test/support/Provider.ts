/**
 * The payment provider and the carrier of the tests: each does as scripted, and keeps its own book.
 */
import type { OrderId } from "../../src/kernel/Ids.ts"
import type { PaymentIntent, ProviderAnswer } from "../../src/payment/PaymentSaga.ts"
import type { Book, CarrierAnswer } from "../../src/shipment/ShipmentSaga.ts"

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

export type Scripts = Partial<Record<OrderId, Script>>

export class Provider {
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
    if (isDone) this.#insist(intent)
    this.book.push({ key, kind: kindOf(intent), orderId, isDone, amountMinor: amount.amountMinor })
    const answer: ProviderAnswer = isDone
      ? { _tag: "Succeeded", reference: `ref-${this.book.length}` }
      : { _tag: "Declined", code }
    this.#answers.set(key, answer)
    return answer
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
    return asked < (this.#scripts[orderId]?.customerAfter ?? 0)
  }

  #refusal(intent: PaymentIntent): string | undefined {
    const { orderId } = intent
    const kind = kindOf(intent)
    const script = this.#scripts[orderId] ?? {}
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
  #insist(intent: PaymentIntent) {
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
    if (!isSound[kindOf(intent)]) throw new Error(`the provider was asked for ${key}`)
  }
}

/** A check asks for the authorisation it is about. */
const kindOf = ({ _tag }: PaymentIntent): Entry["kind"] => (_tag === "Check" ? "Authorize" : _tag)

const needsCustomer = (key: string): ProviderAnswer => ({
  _tag: "NeedsCustomer",
  reference: `ref-${key}`,
  nextAction: { type: "redirect_to_url", redirectUrl: "https://bank.example/confirm" }
})

export class Carrier {
  /** Where each parcel is. */
  readonly parcels = new Map<OrderId, "booked" | "refused" | "cancelled">()
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  book({ orderId }: Book): CarrierAnswer {
    const note = this.#scripts[orderId]?.carrierRefuses
    if (!this.parcels.has(orderId)) {
      this.parcels.set(orderId, note === undefined ? "booked" : "refused")
    }
    return note === undefined
      ? { _tag: "Booked", trackingNumber: `TRACK-${orderId.slice(-1)}` }
      : { _tag: "Refused", note }
  }

  cancel(orderId: OrderId) {
    if (this.parcels.get(orderId) === undefined) throw new Error(`no parcel of ${orderId}`)
    this.parcels.set(orderId, "cancelled")
  }
}
