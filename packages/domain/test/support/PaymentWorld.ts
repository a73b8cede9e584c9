/** One payment, a bank, and what lies between them: late, twice, in any order, or lost. */
import { Either, FastCheck, Option } from "effect"
import { RefundId } from "../../src/kernel/Ids.ts"
import { amountMinorMax, type Money } from "../../src/kernel/Money.ts"
import * as Payment from "../../src/payment/Payment.ts"
import type { PaymentCommand } from "../../src/payment/PaymentCommand.ts"
import type { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import { corrections, doneRefunds } from "../../src/payment/PaymentReconciliation.ts"
import * as PaymentSaga from "../../src/payment/PaymentSaga.ts"
import { Bank, type Entry, type Habits } from "./Bank.ts"
import { must, same } from "./Check.ts"
import { at, orderId } from "./Examples.ts"

const kinds = [
  ["Send", 40],
  ["SendCopy", 6],
  ["LoseRequest", 4],
  ["Answer", 40],
  ["AnswerCopy", 8],
  ["LoseAnswer", 5],
  ["Crash", 3],
  ["Hint", 10],
  ["CustomerReturns", 4],
  ["MoneyReturns", 2],
  ["Review", 3],
  ["Misread", 2],
  ["ReadWell", 4],
  ["Authorize", 10],
  ["Capture", 12],
  ["Undo", 3],
  ["Refund", 16],
  ["RefundAll", 2],
  ["RefundWrong", 2]
] as const

export interface Move {
  readonly kind: (typeof kinds)[number][0]
  /** Which one, or how much. */
  readonly n: number
}

export interface Plot {
  readonly moves: ReadonlyArray<Move>
  readonly habits: Habits
  readonly total: Money
}

export const plots: FastCheck.Arbitrary<Plot> = FastCheck.record({
  moves: FastCheck.array(
    FastCheck.record({
      kind: FastCheck.oneof(
        ...kinds.map(([kind, weight]) => ({ weight, arbitrary: FastCheck.constant(kind) }))
      ),
      n: FastCheck.nat({ max: 99 })
    }),
    { maxLength: 120, size: "max" }
  ),
  habits: FastCheck.record({
    authorization: FastCheck.constantFrom("yes", "yes", "yes", "no", "customer_yes", "customer_no"),
    isCaptureRefused: FastCheck.constantFrom(false, false, false, true),
    refusedRefunds: FastCheck.subarray([0, 1, 2, 3, 4])
  }),
  total: FastCheck.constantFrom(
    { amountMinor: 10_000, currency: "EUR" },
    { amountMinor: 7, currency: "EUR" },
    { amountMinor: 5_120, currency: "KWD" },
    { amountMinor: amountMinorMax, currency: "EUR" }
  )
})

const requested: Readonly<Record<string, string>> = {
  PaymentAuthorizationRequested: "authorize",
  PaymentCaptureRequested: "capture",
  PaymentVoidRequested: "void"
}

export class PaymentWorld {
  state: Parameters<typeof Payment.view>[0] = Payment.decider.initial
  readonly events: Array<PaymentEvent> = []
  readonly bank: Bank
  readonly #total: Money
  /** On the way to the bank, and on the way back. */
  #requests: Array<PaymentSaga.PaymentIntent> = []
  #answers: Array<PaymentCommand> = []
  /** The keys of requests that stand in the journal. */
  readonly #journalled = new Set<string>()
  /** Counted from the events alone, independently of the payment. */
  readonly #sums = { authorized: 0, captured: 0, refunded: 0 }
  readonly #pending = new Map<string, number>()
  #second = 0

  constructor({ habits, total }: Plot) {
    this.bank = new Bank(habits)
    this.#total = total
  }

  make({ kind, n }: Move, index: number) {
    const amount = this.#total
    switch (kind) {
      case "Send":
      case "SendCopy":
        return this.#arrive(n, kind === "SendCopy")
      case "LoseRequest":
        return void this.#requests.splice(n % Math.max(1, this.#requests.length), 1)
      case "Answer":
      case "AnswerCopy":
        return this.#return(n, kind === "AnswerCopy")
      case "LoseAnswer":
        return void this.#answers.splice(n % Math.max(1, this.#answers.length), 1)
      case "Crash":
        this.#requests = []
        this.#answers = []
        return
      case "Hint":
        return this.hint()
      case "CustomerReturns":
        return this.bank.customerReturns()
      case "MoneyReturns":
        return this.bank.sendBack(n)
      case "Review":
        return this.#review()
      case "Misread":
      case "ReadWell":
        this.bank.isMisread = kind === "Misread"
        return
      case "Authorize":
        return this.#ask({ _tag: "AuthorizePayment", orderId, amount, token: "tok" })
      case "Capture":
        return this.#ask({ _tag: "CapturePayment", orderId })
      case "Undo":
        return this.#ask({ _tag: "UndoPayment", orderId, amount })
      case "Refund": {
        const part = Math.ceil((amount.amountMinor * ((n % 60) + 1)) / 100)
        return this.#refund(index, { ...amount, amountMinor: part })
      }
      case "RefundAll":
        return this.#refund(index, undefined)
      case "RefundWrong": {
        const { amountMinor } = amount
        const wrong: ReadonlyArray<Money> = [
          { amountMinor: 0, currency: amount.currency },
          { amountMinor: Math.min(amountMinorMax, amountMinor + 1), currency: amount.currency },
          { amountMinor: 1, currency: "USD" }
        ]
        return this.#refund(index, wrong[n % wrong.length])
      }
    }
  }

  /**
   * A reminder, a webhook or a restart: the bank is asked for the outcome of all pending intents.
   */
  hint() {
    this.#ask({ _tag: "ResumePayment" })
    for (const intent of PaymentSaga.resume(this.state)) this.#hear(intent, this.#known(intent))
  }

  /** Delivers everything, without faults, and executes all pending intents. */
  heal() {
    this.bank.isMisread = false
    for (let round = 0; round < 50; round++) {
      this.bank.customerReturns()
      while (this.#requests.length > 0) this.#arrive(0, false)
      while (this.#answers.length > 0) this.#return(0, false)
      this.hint()
      this.#review()
      if (PaymentSaga.resume(this.state).length === 0 && this.#answers.length === 0) return
    }
    must(false, "never settled")
  }

  /** What Souk believes to have happened, as the bank's book would say it. */
  get believed(): ReadonlyArray<Entry> {
    const view = Option.getOrUndefined(Payment.view(this.state))
    const lines = [
      ...(view?.attempts ?? []),
      ...(view?.refunds ?? []).map((refund) => ({ ...refund, kind: "refund" as const }))
    ]
    return lines
      .filter(({ status }) => status === "succeeded")
      .map(({ amount, idempotencyKey: key, kind }) => ({ key, kind, amount }))
  }

  /** The bank is asked about refunds that are done, as after a webhook about one. */
  #review() {
    const view = Option.getOrUndefined(Payment.view(this.state))
    const words = (view === undefined ? [] : doneRefunds(view)).map((question) => {
      const answer = this.bank.lookup(question)
      return [question, answer ?? ({ _tag: "Unknown" } as const)] as const
    })
    this.#answers.push(...corrections(words))
  }

  #known(intent: PaymentSaga.PaymentIntent) {
    return this.bank.lookup(intent) ?? this.#call(intent)
  }

  #call(intent: PaymentSaga.PaymentIntent) {
    must(this.#journalled.has(intent.key), `${intent.key} was asked for before it was written down`)
    return this.bank.call(intent)
  }

  #arrive(n: number, isCopy: boolean) {
    const index = n % Math.max(1, this.#requests.length)
    const intent = this.#requests[index]
    if (intent === undefined) return
    if (!isCopy) this.#requests.splice(index, 1)
    this.#hear(intent, intent._tag === "Check" ? this.#known(intent) : this.#call(intent))
  }

  #hear(intent: PaymentSaga.PaymentIntent, answer: PaymentSaga.ProviderAnswer) {
    for (const command of Option.toArray(PaymentSaga.answer(intent, answer))) {
      this.#answers.push(command)
    }
  }

  #return(n: number, isCopy: boolean) {
    const index = n % Math.max(1, this.#answers.length)
    const command = this.#answers[index]
    if (command === undefined) return
    if (!isCopy) this.#answers.splice(index, 1)
    this.#ask(command)
  }

  #refund(index: number, amount: Money | undefined) {
    const refundId = RefundId.make(`re_Person0000000000${index}`)
    const asked = amount === undefined ? {} : { amount }
    this.#ask({ _tag: "RefundPayment", orderId, refundId, ...asked, reason: "x", who: "admin" })
  }

  #ask(command: PaymentCommand) {
    const { decide, evolve } = Payment.decider
    const events = Either.getOrElse(decide(this.state, command, at(this.#second++)), () => [])
    for (const event of events) {
      this.state = evolve(this.state, event)
      this.events.push(event)
      this.#count(event)
      this.#check(event)
    }
    for (const event of events) this.#requests.push(...PaymentSaga.react(this.state, event))
  }

  #count(event: PaymentEvent) {
    const step = requested[event._tag]
    if (step !== undefined) this.#journalled.add(`${orderId}/${step}`)
    const { amountMinor } = this.#total
    switch (event._tag) {
      case "PaymentAuthorized":
        this.#sums.authorized += amountMinor
        break
      case "PaymentCaptured":
        this.#sums.captured += amountMinor
        break
      case "PaymentRefundRequested":
        this.#journalled.add(`${orderId}/refund/${event.refundId}`)
        same(event.amount.currency, this.#total.currency)
        must(event.amount.amountMinor > 0, "a refund of nothing")
        this.#pending.set(event.refundId, event.amount.amountMinor)
        break
      case "PaymentRefunded":
        this.#sums.refunded += this.#pending.get(event.refundId) ?? Number.NaN
        this.#pending.delete(event.refundId)
        break
      case "PaymentRefundFailed":
        must(this.#pending.delete(event.refundId), "failed without having been asked")
        break
      case "PaymentRefundReturned":
        this.#sums.refunded -= event.amount.amountMinor
        break
      default:
        break
    }
  }

  /** I-30, I-31 and I-35, after every event. */
  #check(event: PaymentEvent) {
    const { authorized, captured, refunded } = this.#sums
    const pending = [...this.#pending.values()].reduce((sum, part) => sum + part, 0)
    const sums = [0, refunded, refunded + pending, captured, authorized, this.#total.amountMinor]
    must(sums.every(Number.isSafeInteger), `no whole number after ${event._tag}`)
    must(
      sums.every((sum, index) => (sums[index - 1] ?? 0) <= sum),
      `${event._tag}: ${sums.join(" ≤ ")}`
    )
    const { returned } = this.bank
    must(
      refunded <= this.bank.sum("refund") + returned,
      "refunded, and the bank knows nothing of it"
    )
    must(captured <= this.bank.sum("capture"), "captured, and the bank knows nothing of it")
    const view = Option.getOrThrow(Payment.view(this.state))
    same(
      [view.authorized, view.captured, view.refunded, view.refundable].map(
        (sum) => sum.amountMinor
      ),
      [authorized, captured, refunded, captured - refunded - pending]
    )
  }
}

export const playOut = (plot: Plot): PaymentWorld => {
  const world = new PaymentWorld(plot)
  for (const [index, move] of plot.moves.entries()) world.make(move, index)
  return world
}
