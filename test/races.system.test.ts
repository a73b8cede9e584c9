/** Concurrent requests for limited units: exactly as many succeed as there are units. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Audit from "./support/Audit.ts"
import { type Answer, decode } from "./support/Client.ts"
import { noBugs } from "./support/Refusals.ts"
import { Shop } from "./support/Shop.ts"
import { must, problem, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start({ SOUK_RATE_LIMIT_AUTH: "0" })
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

/** `count` times the same, sent at once. */
const atOnce = <A>(count: number, ask: (n: number) => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: count }, (_, n) => ask(n)))

const statuses = (answers: ReadonlyArray<Answer>) =>
  answers.map(({ status }) => status).toSorted((one, other) => one - other)

const times = <A>(count: number, value: A): ReadonlyArray<A> => Array<A>(count).fill(value)

describe("stock", () => {
  it.each([1, 5])("of %i is sold to as many of 64 buyers", async (units) => {
    const sku = await front.putUp(units, 900)
    const all = await atOnce(64, () => front.place({ [sku]: 1 }))
    const ends = all.map(({ order }) => order.cancellation?.reason ?? order.status)
    expect(ends.filter((end) => end === "confirmed")).toHaveLength(units)
    expect(ends.filter((end) => end === "out_of_stock")).toHaveLength(64 - units)
    expect(await front.stock(sku)).toEqual([0, 0, 0])
  })

  it("is received once, however often it is sent at once under one key", async () => {
    const sku = await front.putUp(0)
    const path = `/v1/inventory/${sku}/receipts`
    const key = { "idempotency-key": front.name("receipt") }
    const answers = await atOnce(16, () => front.post(path, { quantity: 5 }, key))
    expect(statuses(answers)).toEqual(times(16, 201))
    const events = await front.events(`inventory-${sku}`)
    expect(events.filter(({ type }) => type === "StockReceived")).toHaveLength(1)
    expect(await front.stock(sku)).toEqual([5, 0, 5])
  })

  it("is received as one of two deliveries that claim the same key", async () => {
    const sku = await front.putUp(0)
    const path = `/v1/inventory/${sku}/receipts`
    const key = { "idempotency-key": front.name("receipt") }
    const answers = await atOnce(16, (n) => front.post(path, { quantity: 1 + (n % 2) }, key))
    expect(statuses(answers)).toEqual([...times(8, 201), ...times(8, 422)])
    const [onHand] = await front.stock(sku)
    expect([1, 2]).toContain(onHand)
  })

  it("is adjusted once by those who all name the same version", async () => {
    const sku = await front.putUp(50)
    const path = `/v1/inventory/${sku}`
    const { version } = await front.client.read(Wire.Stock, path)
    const seen = { "if-match": `"${version}"` }
    const answers = await atOnce(16, () =>
      front.post(`${path}/adjustments`, { delta: -1, reason: "counted" }, seen)
    )
    expect(statuses(answers)).toEqual([201, ...times(15, 412)])
    expect(await front.stock(sku)).toEqual([49, 0, 49])
  })
})

describe("an order", () => {
  it("is one of two baskets that are sent at once under one key", async () => {
    const sku = await front.putUp(100)
    const key = front.name("key")
    const answers = await atOnce(16, (n) =>
      front.ask({ [sku]: 1 + (n % 2) }, { key, waitSeconds: 30 })
    )
    expect(statuses(answers)).toEqual([...times(8, 201), ...times(8, 422)])
    const placed = answers.filter(({ status }) => status === 201)
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1)
    const [first] = placed
    const { lines } = decode(Wire.Order, first ?? must(answers[0]!, 201))
    const [{ quantity } = { quantity: 0 }] = lines
    expect(await front.stock(sku)).toEqual([100 - quantity, 0, 100 - quantity])
  })

  it("is shipped or cancelled, and never both", async () => {
    const rounds = 16
    const sku = await front.putUp(rounds)
    const orders = await atOnce(rounds, () => front.place({ [sku]: 1 }))
    let shipped = 0
    await Promise.all(
      orders.map(async ({ order }, n) => {
        const wait = { prefer: "wait=30" }
        const ship = () => front.post(`/v1/orders/${order.id}/shipment`, {}, wait)
        const cancel = () => front.post(`/v1/orders/${order.id}/cancellation`, {}, wait)
        const both = n % 2 === 0 ? [ship(), cancel()] : [cancel(), ship()]
        const answers = await Promise.all(both)
        expect(statuses(answers)).toEqual([200, 409])
        const { status } = await front.order(order.id)
        expect(["shipped", "cancelled"]).toContain(status)
        if (status === "shipped") shipped++
        const refunds = (await front.book(order.id)).filter((line) => line.startsWith("refund"))
        expect(refunds).toHaveLength(status === "shipped" ? 0 : 1)
      })
    )
    expect(await front.stock(sku)).toEqual([rounds - shipped, 0, rounds - shipped])
  })
})

describe("money", () => {
  const paid = async (amountMinor: number) => {
    const sku = await front.putUp(1, amountMinor)
    return (await front.place({ [sku]: 1 })).order.id
  }

  const refund = (id: string, amountMinor: number, key = front.name("refund")) =>
    front.post(
      `/v1/payments/${id}/refunds`,
      { amount: { amountMinor, currency: "EUR" }, reason: "broken" },
      { "idempotency-key": key, prefer: "wait=30" }
    )

  it("is refunded once under one key, however often that is sent at once", async () => {
    const id = await paid(1_000)
    const answers = await atOnce(16, () => refund(id, 400, "once"))
    expect(statuses(answers)).toEqual(times(16, 201))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect((await front.book(id)).filter((line) => line.startsWith("refund"))).toEqual([
      "refund succeeded 400"
    ])
  })

  it("is never refunded beyond the capture: of two refunds, one is made", async () => {
    for (let round = 0; round < 8; round++) {
      const id = await paid(1_000)
      const answers = await atOnce(2, () => refund(id, 600))
      expect(statuses(answers)).toEqual([201, 422])
      for (const answer of answers) {
        if (answer.status === 422) problem(answer, 422, "refund_exceeds_captured")
      }
      expect(await front.payment(id)).toMatchObject({
        refunded: { amountMinor: 600 },
        refundable: { amountMinor: 400 }
      })
    }
  })

  it("is refunded as often as it fits", async () => {
    const id = await paid(1_000)
    const answers = await atOnce(24, () => refund(id, 300))
    expect(statuses(answers)).toEqual([...times(3, 201), ...times(21, 422)])
    expect((await front.book(id)).filter((line) => line === "refund succeeded 300")).toHaveLength(3)
  })
})

describe("an account", () => {
  it("is one, although eight requests register its address at once", async () => {
    const body = { email: "race@example.com", password: "correct horse battery", name: "Ada" }
    const answers = await atOnce(8, () => front.post("/v1/auth/register", body))
    expect(statuses(answers)).toEqual([201, ...times(7, 409)])
    for (const answer of answers) if (answer.status === 409) problem(answer, 409, "email_taken")
  })
})

it("leaves a consistent shop, and a log without errors", async () => {
  await Audit.quiet(shop.client)
  const auditInput = await Audit.collect(shop.client, [], new Date().toISOString())
  expect(auditInput.orders.size).toBeGreaterThan(128)
  expect(Audit.judge(auditInput, Audit.bookChecks)).toEqual([])
  noBugs(shop)
})
