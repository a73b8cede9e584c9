/** Helpers of the system tests: list products, place and read orders, all over HTTP. */
import { Schema } from "effect"
import { expect } from "vitest"
import { readJournal, readLog } from "./Audit.ts"
import { type Answer, type Client, decode } from "./Client.ts"
import { eventually } from "./Eventually.ts"
import * as Wire from "./Wire.ts"
import { orderBody } from "./RequestGenerator.ts"

type Lines = Readonly<Record<string, number>>

interface Wishes {
  readonly token?: string
  readonly country?: string
  readonly key?: string
  readonly waitSeconds?: number
  readonly customerId?: string
}

export interface Placed {
  readonly answer: Answer
  readonly order: Wire.Order
}

/** Longer than any saga may take. */
const settleMsMax = 60_000

export class Storefront {
  readonly client: Client
  #names = 0

  constructor(client: Client) {
    this.client = client
  }

  /** An unused name. */
  name(word: string): string {
    return `${word}-${++this.#names}`
  }

  /** A product of its own, with so many units, and its SKU. */
  async putUp(quantity: number, amountMinor = 1_000): Promise<string> {
    const sku = this.name("SKU")
    const price = { amountMinor, currency: "EUR" }
    must(await this.client.put(`/v1/products/${sku}`, { name: `The ${sku}`, price }), 201)
    if (quantity > 0) must(await this.post(`/v1/inventory/${sku}/receipts`, { quantity }), 201)
    return sku
  }

  /** Sends an order, and says what came back. */
  ask(lines: Lines, wishes: Wishes = {}): Promise<Answer> {
    const { key = this.name("key"), waitSeconds, ...rest } = wishes
    const items = Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }))
    return this.client.post("/v1/orders", orderBody(items, rest), {
      "idempotency-key": key,
      ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` })
    })
  }

  /** Places an order that settles while the answer waits. */
  async place(lines: Lines, wishes: Wishes = {}): Promise<Placed> {
    const answer = await this.ask(lines, { waitSeconds: 30, ...wishes })
    must(answer, 201)
    const order = decode(Wire.Order, answer)
    expect(answer.headers.get("location")).toBe(`/v1/orders/${order.id}`)
    return { answer, order }
  }

  /** Places an order that is still under way when the answer comes. */
  async begin(lines: Lines, wishes: Wishes = {}): Promise<Wire.Order> {
    const answer = await this.ask(lines, { waitSeconds: 0, ...wishes })
    must(answer, 202)
    return decode(Wire.Order, answer)
  }

  post(path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = {}) {
    return this.client.post(path, body, headers)
  }

  /** A step of an order's life that must be taken, and the order after it. */
  async step(id: string, name: string, body: unknown = {}): Promise<Wire.Order> {
    const answer = await this.post(`/v1/orders/${id}/${name}`, body, { prefer: "wait=30" })
    must(answer, 200)
    return decode(Wire.Order, answer)
  }

  order(id: string) {
    return this.client.read(Wire.Order, `/v1/orders/${id}`)
  }

  payment(id: string) {
    return this.client.find(Wire.Payment, `/v1/payments/${id}`)
  }

  /** `[on hand, reserved, available]`. */
  async stock(sku: string): Promise<readonly [number, number, number]> {
    const { available, onHand, reserved } = await this.client.read(
      Wire.Stock,
      `/v1/inventory/${sku}`
    )
    return [onHand, reserved, available]
  }

  /** What the provider wrote about an order, in its own order: `capture succeeded 1000`. */
  async book(id: string): Promise<ReadonlyArray<string>> {
    const all = await readLog(this.client, "/v1/sandbox/ledger", Wire.LedgerEntry)
    return all
      .filter(({ orderId }) => orderId === id)
      .map(({ amount, kind, status }) => `${kind} ${status} ${amount.amountMinor}`)
  }

  async events(stream: string): Promise<ReadonlyArray<Wire.JournalEvent>> {
    return (await readJournal(this.client)).filter((event) => event.stream === stream)
  }

  async timeline(id: string) {
    return (await this.client.read(Wire.Timeline, `/v1/orders/${id}/timeline`)).data
  }

  /** Waits for an order in this state, and returns it. */
  until(id: string, isSo: (order: Wire.Order) => boolean | Promise<boolean>): Promise<Wire.Order> {
    return eventually(`${id} gets there`, settleMsMax, async () => {
      const order = await this.order(id)
      return (await isSo(order)) ? order : undefined
    })
  }
}

/** A response must have this status; fails with the whole response as text. */
export const must = (answer: Answer, status: number): Answer => {
  if (answer.status !== status) {
    throw new Error(`answered ${answer.status}, not ${status}: ${answer.text}`)
  }
  return answer
}

/** A refusal must be a problem document with this status, and with this code if one is given. */
export const problem = (answer: Answer, status: number, code?: string): void => {
  must(answer, status)
  expect(answer.headers.get("content-type")).toContain("application/problem+json")
  const told = Schema.decodeUnknownSync(Schema.parseJson(Wire.Problem))(answer.text)
  expect([told.status, told.code]).toEqual([status, code ?? told.code])
}
