/**
 * Load of many clients: each sends a request, repeats it until it is answered, and continues.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Client, decode } from "./Client.ts"
import { ClientLog, type Intent, type Keep, type Outcome } from "./ClientLog.ts"
import type { Random } from "./Random.ts"
import * as Wire from "./Wire.ts"
import * as RequestGenerator from "./RequestGenerator.ts"

/** How long a client waits before it repeats a request without a response. */
const patienceMs = [100, 600] as const

/** How long the last responses may take after the load has ended. */
const closingMsMax = 90_000

export interface LoadOptions {
  readonly cards?: RequestGenerator.Cards
  readonly keep?: Keep
}

export class Load {
  readonly log: ClientLog
  readonly #cards: RequestGenerator.Cards
  readonly #client: Client
  readonly #random: Random
  readonly #postListeners = new Set<() => void>()
  #shoppers: ReadonlyArray<Promise<void>> = []
  #isClosing = false
  #hasGivenUp = false
  #marks = 0
  #usedKey: string | undefined

  constructor(client: Client, random: Random, { cards, keep }: LoadOptions = {}) {
    this.log = new ClientLog(keep)
    this.#cards = cards ?? RequestGenerator.sandboxCards
    this.#client = client
    this.#random = random
  }

  /** Lists the products and receives their stock. */
  async seed(): Promise<void> {
    for (const good of [...RequestGenerator.staples, ...RequestGenerator.rarities])
      await this.putUp(good)
  }

  /** A product, and so many units of it. */
  async putUp({ amountMinor, quantity, sku }: RequestGenerator.Good): Promise<void> {
    const price = { amountMinor, currency: "EUR" }
    decode(Wire.Product, await this.#client.put(`/v1/products/${sku}`, { name: sku, price }))
    const mark = this.#mark("opening")
    await this.#perform({
      kind: "receipt",
      mark,
      key: mark,
      path: `/v1/inventory/${sku}/receipts`,
      body: { quantity, reference: mark }
    })
  }

  /**
   * Orders one unit, by `via` the first time. Returns the outcome of the order; undefined when it
   * stays unknown.
   */
  async buyOne(sku: string, via: Client): Promise<Wire.Order | undefined> {
    const intent = RequestGenerator.purchase(this.#mark("order"), sku)
    const outcome = await this.#perform(intent, via)
    if (outcome?.class !== "ok") return undefined
    return decode(Wire.Order, { ...outcome, headers: new Headers() })
  }

  start(callers: number): void {
    this.#shoppers = Array.from({ length: callers }, () => this.#shop(this.#random.fork()))
  }

  /** Resolves as soon as the next order has been sent, answered or not. */
  nextPost(): Promise<void> {
    return new Promise((resolve) => {
      const listener = () => {
        this.#postListeners.delete(listener)
        resolve()
      }
      this.#postListeners.add(listener)
    })
  }

  /** Sends no new requests; repeats those with an unknown outcome. */
  async stop(): Promise<void> {
    this.#isClosing = true
    const limit = new AbortController()
    const giveUp = sleep(closingMsMax, undefined, { signal: limit.signal }).then(
      () => (this.#hasGivenUp = true),
      () => false
    )
    await Promise.race([Promise.all(this.#shoppers), giveUp])
    limit.abort()
    await Promise.all(this.#shoppers)
  }

  async #shop(random: Random): Promise<void> {
    while (!this.#isClosing) {
      switch (random.weighted({ buy: 88, repeat: 4, nonsense: 5, restock: 3 })) {
        case "buy":
          await this.#buy(random, this.#order(random))
          break
        case "repeat": {
          const intent = this.#order(random)
          await Promise.all([this.#buy(random, intent), this.#perform(intent)])
          break
        }
        case "nonsense":
          await this.#perform(
            RequestGenerator.nonsense(random, this.#mark("nonsense"), this.#usedKey)
          )
          break
        case "restock":
          await this.#perform(RequestGenerator.restock(random, this.#mark("restock")))
      }
    }
  }

  #order(random: Random): Intent {
    return RequestGenerator.order(random, this.#mark("order"), this.#cards)
  }

  async #buy(random: Random, intent: Intent): Promise<void> {
    const outcome = await this.#perform(intent)
    if (outcome?.class !== "ok") return
    this.#usedKey = intent.key
    const order = decode(Wire.Order, { ...outcome, headers: new Headers() })
    if (order.status === "pending" && random.chance(0.5)) {
      await this.#perform(RequestGenerator.cancellation(this.#mark("cancel"), order))
    }
    if (order.status === "confirmed") await this.#followUp(random, order)
  }

  async #followUp(random: Random, order: Wire.Order): Promise<void> {
    switch (random.weighted({ keep: 70, cancel: 10, refund: 12, ship: 8 })) {
      case "keep":
        return
      case "cancel":
        await this.#perform(RequestGenerator.cancellation(this.#mark("cancel"), order))
        return
      case "refund":
        for (let left = random.int(1, 3); left > 0; left--) {
          await this.#perform(RequestGenerator.refund(random, this.#mark("refund"), order))
        }
        return
      case "ship":
        await this.#perform(RequestGenerator.shipment(this.#mark("ship"), order))
        await this.#perform(
          random.chance(0.5)
            ? RequestGenerator.delivery(this.#mark("deliver"), order)
            : RequestGenerator.cancellation(this.#mark("cancel"), order)
        )
    }
  }

  #mark(word: string): string {
    return `${word}-${this.#random.seed}-${this.#marks++}`
  }

  /** Repeats until the outcome is known, across crashes of the shop. */
  async #perform(intent: Intent, via = this.#client): Promise<Outcome | undefined> {
    const id = this.log.intend(intent)
    let client = via
    const headers = {
      ...(intent.key === undefined ? {} : { "idempotency-key": intent.key }),
      ...(intent.waitSeconds === undefined ? {} : { prefer: `wait=${intent.waitSeconds}` })
    }
    while (!this.#hasGivenUp) {
      const outcome = await this.log.attempt(id, () => {
        const answer = client.post(intent.path, intent.body, headers)
        client = this.#client
        if (intent.kind === "order") for (const listener of this.#postListeners) listener()
        return answer
      })
      if (outcome.class !== "unknown") return outcome
      await sleep(this.#random.int(...patienceMs))
    }
    return undefined
  }
}
