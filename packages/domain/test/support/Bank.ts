/**
 * A payment provider that knows nothing of Souk: it does what it is asked, once per key, and keeps
 * its own book. It may do so and stay silent, change its mind about nothing, and be misread.
 */
import type * as Money from "../../src/kernel/Money.ts"
import type { PaymentIntent, ProviderAnswer } from "../../src/payment/PaymentSaga.ts"
import { must } from "./Check.ts"

export type Kind = "authorize" | "capture" | "void" | "refund"

/** Money that moved, or was let go. */
export interface Entry {
  readonly key: string
  readonly kind: Kind
  readonly amount: Money.Money
}

/** How the bank and its customer behave. */
export interface Habits {
  readonly authorization: "yes" | "no" | "customer_yes" | "customer_no"
  readonly isCaptureRefused: boolean
  /** Which refunds are refused, by the order in which they arrive; the others are carried out. */
  readonly refusedRefunds: ReadonlyArray<number>
}

const kinds = {
  Authorize: "authorize",
  Check: "authorize",
  Capture: "capture",
  Void: "void",
  Refund: "refund"
} as const

const yes = (key: string): ProviderAnswer => ({ _tag: "Succeeded", reference: `ref ${key}` })
const no = (code: string): ProviderAnswer => ({ _tag: "Declined", code })

export class Bank {
  readonly book: Array<Entry> = []
  /** What it had given back, until the customer's bank sent it here again. */
  returned = 0
  /** Whether its answers are about something else than what it was asked. */
  isMisread = false
  readonly #habits: Habits
  readonly #answers = new Map<string, ProviderAnswer>()
  /** What each key was used for the first time: another use of it is a bug. */
  readonly #uses = new Map<string, string>()
  #refunds = 0

  constructor(habits: Habits) {
    this.#habits = habits
  }

  /** Carries a request out, once per key. */
  call(intent: PaymentIntent): ProviderAnswer {
    const { amount, key } = intent
    const kind = kinds[intent._tag]
    const use = `${kind} ${amount.amountMinor} ${amount.currency}`
    must((this.#uses.get(key) ?? use) === use, `${key} is used for ${use}`)
    this.#uses.set(key, use)
    if (!this.#answers.has(key)) this.#answers.set(key, this.#do(kind, key, amount))
    return this.#tell(key) ?? no("impossible")
  }

  /** What became of a request; nothing when it never arrived. Carries nothing out. */
  lookup({ key }: Pick<PaymentIntent, "key">): ProviderAnswer | undefined {
    return this.#tell(key)
  }

  /** The customer comes back, and the bank makes up its mind. */
  customerReturns() {
    for (const [key, answer] of this.#answers) {
      if (answer._tag !== "NeedsCustomer") continue
      const use = this.#uses.get(key)?.split(" ") ?? []
      const currency = use[2] === "KWD" ? "KWD" : "EUR"
      const amount = { amountMinor: Number(use[1]), currency } as const
      const isConvinced = this.#habits.authorization === "customer_yes"
      if (isConvinced) this.book.push({ key, kind: "authorize", amount })
      this.#answers.set(key, isConvinced ? yes(key) : no("authentication_failed"))
    }
  }

  /** The customer's bank sends a refund back: it never was one, as the book has it from now on. */
  sendBack(n: number) {
    const refunds = this.book.filter(({ kind }) => kind === "refund")
    const entry = refunds[n % Math.max(1, refunds.length)]
    if (entry === undefined) return
    this.book.splice(this.book.indexOf(entry), 1)
    this.returned += entry.amount.amountMinor
    this.#answers.set(entry.key, no("closed"))
  }

  sum(kind: Kind): number {
    return this.book.reduce(
      (sum, entry) => (entry.kind === kind ? sum + entry.amount.amountMinor : sum),
      0
    )
  }

  count(kind: Kind): number {
    return this.book.filter((entry) => entry.kind === kind).length
  }

  #tell(key: string): ProviderAnswer | undefined {
    const answer = this.#answers.get(key)
    return answer !== undefined && this.isMisread
      ? { _tag: "Disagrees", reference: `ref ${key}`, detail: "1 eur" }
      : answer
  }

  #do(kind: Kind, key: string, amount: Money.Money): ProviderAnswer {
    const answer = this.#judge(kind, key)
    if (answer._tag !== "Succeeded") return answer
    this.book.push({ key, kind, amount })
    // An honest shop never asks for any of this; a bank would do it.
    must(this.count("authorize") <= 1 && this.count("capture") <= 1, `charged twice: ${key}`)
    must(this.sum("refund") <= this.sum("capture"), `more back than was taken: ${key}`)
    must(this.count("void") === 0 || this.count("capture") === 0, `voided what was taken: ${key}`)
    return answer
  }

  #judge(kind: Kind, key: string): ProviderAnswer {
    switch (kind) {
      case "authorize":
        return this.#authorize(key)
      case "capture":
        if (this.#habits.isCaptureRefused || this.count("void") > 0) return no("not_capturable")
        must(this.count("authorize") === 1, "captured without an authorisation")
        return yes(key)
      case "void":
        // Whatever was awaited of the customer is over with this.
        for (const [other, answer] of this.#answers) {
          if (answer._tag === "NeedsCustomer") this.#answers.set(other, no("canceled"))
        }
        return yes(key)
      case "refund":
        return this.#habits.refusedRefunds.includes(this.#refunds++) ? no("closed") : yes(key)
    }
  }

  #authorize(key: string): ProviderAnswer {
    switch (this.#habits.authorization) {
      case "yes":
        return yes(key)
      case "no":
        return no("insufficient_funds")
      default:
        return {
          _tag: "NeedsCustomer",
          reference: `ref ${key}`,
          nextAction: { type: "redirect_to_url", redirectUrl: "https://bank.example/secret" }
        }
    }
  }
}
