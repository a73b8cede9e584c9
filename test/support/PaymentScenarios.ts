/** Two hundred orders with all kinds of cards, and refunds. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Client, decode } from "./Client.ts"
import { ClientLog, type Intent, type Outcome } from "./ClientLog.ts"
import { inParallel } from "./Eventually.ts"
import * as Wire from "./Wire.ts"
import { orderBody } from "./RequestGenerator.ts"

/** Every card of the sandbox, and how often it is used. */
const cards: ReadonlyArray<readonly [token: string, weight: number]> = [
  ["pm_card_visa", 50],
  ["pm_card_mastercard", 20],
  ["pm_card_chargeDeclined", 10],
  ["pm_card_chargeDeclinedInsufficientFunds", 5],
  ["pm_card_chargeDeclinedExpiredCard", 5],
  ["pm_card_authenticationRequired", 15],
  ["pm_souk_slow", 15],
  ["pm_souk_timeout_charged", 15],
  ["pm_souk_timeout_not_charged", 15],
  ["pm_souk_silence", 10],
  ["pm_souk_duplicate_webhook", 10],
  ["pm_souk_late_success", 5],
  ["pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", 5],
  ["pm_card_refundFail", 5],
  ["pm_souk_flaky", 15]
]

export const tokens: ReadonlyArray<string> = cards.map(([token]) => token)

/** The item of every order: a price that is not divisible by three. */
export const good = { sku: "MONEY-1", amountMinor: 1_000, quantity: 1_000 }

/** Long enough for a shop to be killed, to come back, and to catch up. */
const answerMsMax = 120_000

/** How long a client waits before it repeats a request without a response. */
const patienceMs = 200

export class PaymentScenarios {
  readonly log = new ClientLog()
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Places all orders, so many at a time, and meanwhile refunds half of them in parts. */
  async run(atOnce: number): Promise<void> {
    const wishes = cards.flatMap(([token, weight]) => Array.from({ length: weight }, () => token))
    // A fixed walk over the list that meets every card early and late.
    const mixed = wishes.map((_, index) => wishes[(index * 77) % wishes.length] ?? "")
    await inParallel(
      mixed.map((token, index) => ({ token, index })),
      atOnce,
      ({ index, token }) => this.#buy(index, token)
    )
  }

  async #buy(index: number, token: string): Promise<void> {
    const mark = `payer-${index}`
    const body = orderBody([{ sku: good.sku, quantity: 1 }], { token, metadata: { mark } })
    const intent = { kind: "order", mark, key: mark, path: "/v1/orders", body } as const
    const outcome = await this.#perform({ ...intent, waitSeconds: 15 })
    if (outcome.class !== "ok") return
    const order = decode(Wire.Order, { ...outcome, headers: new Headers() })
    if (order.status !== "confirmed") return
    if (token === "pm_card_refundFail") {
      await this.#refund(order, `refused-${index}`)
      return
    }
    if (index % 2 === 1) return
    // Three of 400 each, at once: at most two of them fit into 1000.
    await Promise.all([0, 1, 2].map((part) => this.#refund(order, `refund-${index}-${part}`)))
  }

  #refund({ id, total }: Wire.Order, mark: string): Promise<Outcome> {
    const amount = { amountMinor: 400, currency: total.currency }
    return this.#perform({
      kind: "refund",
      mark,
      key: mark,
      path: `/v1/payments/${id}/refunds`,
      body: { amount, reason: mark },
      orderId: id
    })
  }

  /** Repeats under one key until the outcome is known, across crashes of the shop. */
  async #perform(intent: Intent): Promise<Outcome> {
    const id = this.log.intend(intent)
    const endMs = performance.now() + answerMsMax
    const headers = {
      "idempotency-key": intent.key ?? "",
      ...(intent.waitSeconds === undefined ? {} : { prefer: `wait=${intent.waitSeconds}` })
    }
    for (;;) {
      const send = () => this.#client.post(intent.path, intent.body, headers)
      const outcome = await this.log.attempt(id, send)
      if (outcome.class !== "unknown" || performance.now() > endMs) return outcome
      await sleep(patienceMs)
    }
  }
}
