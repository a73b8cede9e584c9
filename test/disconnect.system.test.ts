/**
 * Clients that disconnect before or after the whole request is sent: it is executed or not, and a
 * repeat under the same key returns which, without a second execution.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { Schema } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import * as Audit from "./support/Audit.ts"
import { decode } from "./support/Client.ts"
import { eventually, inParallel } from "./support/Eventually.ts"
import { Random } from "./support/Random.ts"
import { dial, head } from "./support/Raw.ts"
import { noBugs } from "./support/Refusals.ts"
import { Shop } from "./support/Shop.ts"
import { must, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"
import { orderBody } from "./support/RequestGenerator.ts"

const clients = 200
const width = 8

/** Longer than an order takes on an idle machine, so that each phase of one is hit. */
const patienceMsMax = 200

let addresses = 0

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start({ SOUK_TRUSTED_PROXIES: "1", SOUK_RATE_LIMIT_AUTH: "0" })
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

/** Each from another address: further guesses from one address would not be hashed. */
const from = () => ({ "X-Forwarded-For": `10.0.${++addresses >> 8}.${addresses & 255}` })

/** Sends a part of a request (1 is all of it), and disconnects without reading. */
const hangUp = async (
  path: string,
  key: string,
  body: object,
  { afterMs, isReset, share }: ReturnType<typeof moment>
): Promise<void> => {
  const text = JSON.stringify(body)
  const lines = head(`POST ${path}`, {
    Authorization: `Bearer ${shop.adminKey}`,
    "Content-Type": "application/json",
    "Idempotency-Key": key,
    "Content-Length": Buffer.byteLength(text),
    ...from()
  })
  const whole = lines + text
  const socket = dial(shop.baseUrl)
  await new Promise<void>((resolve) => {
    socket.once("close", resolve)
    socket.write(whole.slice(0, Math.ceil(whole.length * share)), () => resolve())
  })
  await sleep(afterMs)
  // A reset discards received data that was not read yet.
  if (isReset) socket.resetAndDestroy()
  else socket.destroy()
}

const moment = (random: Random) => ({
  afterMs: random.next() * patienceMsMax,
  isReset: random.chance(0.3),
  share: random.chance(0.25) ? random.next() : 1
})

const Marked = Schema.Struct({ metadata: Schema.Struct({ mark: Schema.String }) })

const isMarked = Schema.is(Marked)

/** The orders that were placed under each mark, by the journal. */
const placedBy = async (): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const found = new Map<string, Array<string>>()
  for (const { payload, stream, type } of await Audit.readJournal(shop.client)) {
    if (type !== "OrderPlaced" || !isMarked(payload)) continue
    const { mark } = payload.metadata
    found.set(mark, [...(found.get(mark) ?? []), stream])
  }
  return found
}

it("an order is placed or not, and a repeat under its key returns which", async () => {
  const sku = await front.putUp(10 * clients, 300)
  const random = new Random(62)
  const marks = Array.from({ length: clients }, (_, n) => `hang-up-${n}`)
  const body = (mark: string) => orderBody([{ sku, quantity: 1 }], { metadata: { mark } })
  const all = marks.map((mark) => ({ mark, ...moment(random) }))
  await inParallel(all, width, ({ mark, ...when }) => hangUp("/v1/orders", mark, body(mark), when))
  await Audit.quiet(shop.client)
  const before = await placedBy()
  // Both outcomes must occur, or the test shows nothing.
  expect(before.size).toBeGreaterThan(clients / 10)
  expect(before.size).toBeLessThan(clients)
  await inParallel(marks, width, async (mark) => {
    const headers = { "idempotency-key": mark, prefer: "wait=30" }
    const answer = must(await front.post("/v1/orders", body(mark), headers), 201)
    const { id, status } = decode(Wire.Order, answer)
    const streams = before.get(mark)
    expect([mark, status]).toEqual([mark, "confirmed"])
    const isReplay = answer.headers.get("idempotent-replayed") === "true"
    const known = streams === undefined ? undefined : [`order-${id}`]
    expect([mark, streams, isReplay || known === undefined]).toEqual([mark, known, true])
  })
  const after = await placedBy()
  expect([...after.keys()].toSorted()).toEqual(marks.toSorted())
  expect([...after.values()].filter((streams) => streams.length !== 1)).toEqual([])
  expect(await front.stock(sku)).toEqual([9 * clients, 0, 9 * clients])
})

it("stock is received once, and refunds are made once", async () => {
  const sku = await front.putUp(1, 10_000)
  const { order } = await front.place({ [sku]: 1 })
  const random = new Random(63)
  const keys = Array.from({ length: 40 }, (_, n) => `hang-up-${n}`)
  const amount = { amountMinor: 100, currency: "EUR" }
  const wishes = [
    [`/v1/inventory/${sku}/receipts`, "received", { quantity: 2 }],
    [`/v1/payments/${order.id}/refunds`, "refunded", { amount, reason: "hung up" }]
  ] as const
  for (const [path, word, body] of wishes) {
    const all = keys.map((key) => ({ key: `${word}-${key}`, ...moment(random) }))
    await inParallel(all, width, ({ key, ...when }) => hangUp(path, key, body, when))
    await inParallel(all, width, async ({ key }) =>
      must(await front.post(path, body, { "idempotency-key": key, prefer: "wait=30" }), 201)
    )
  }
  expect(await front.stock(sku)).toEqual([2 * keys.length, 0, 2 * keys.length])
  await eventually("every refund is made", 30_000, async () => {
    const payment = await front.payment(order.id)
    return payment?.refunded.amountMinor === 100 * keys.length ? true : undefined
  })
  const book = await front.book(order.id)
  expect(book.filter((line) => line === "refund succeeded 100")).toHaveLength(keys.length)
})

it("an abandoned login does not delay the next one by its hash", async () => {
  const credentials = () => ({
    email: `${front.name("unknown")}@example.com`,
    password: "not their password"
  })
  const login = async () => {
    const startMs = performance.now()
    must(await front.post("/v1/auth/login", credentials(), from()), 401)
    return performance.now() - startMs
  }
  await login()
  const quietMs = Math.max(await login(), await login())
  // Each is admitted for long enough to have requested its hash.
  const all = [...Array(150).keys()].map((n) => ({ afterMs: 20 + n / 2, isReset: false, share: 1 }))
  await inParallel(all, 20, (when) => hangUp("/v1/auth/login", "none", credentials(), when))
  // A hash each, one after another, would take a hundred times as long.
  expect(await login()).toBeLessThan(15 * quietMs)
})

it("leaves a consistent shop, and a log without errors", async () => {
  await Audit.quiet(shop.client)
  const auditInput = await Audit.collect(shop.client, [], new Date().toISOString())
  expect(auditInput.orders.size).toBe(clients + 1)
  expect(Audit.judge(auditInput, Audit.bookChecks)).toEqual([])
  noBugs(shop)
})
