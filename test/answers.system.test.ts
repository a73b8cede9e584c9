/** Responses to clients besides the order itself: repeats, lists, timelines, refunds, refusals. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readJournal } from "./support/Audit.ts"
import { decode } from "./support/Client.ts"
import { eventually, inParallel } from "./support/Eventually.ts"
import { Shop } from "./support/Shop.ts"
import { must, problem, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"
import { orderBody } from "./support/RequestGenerator.ts"

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start()
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

describe("a repeat under the same key", () => {
  it("gets the original response, byte for byte, after any later change", async () => {
    const sku = await front.putUp(5)
    const key = front.name("key")
    const { answer, order } = await front.place({ [sku]: 2 }, { key })
    await front.step(order.id, "shipment")
    const again = await front.ask({ [sku]: 2 }, { key })
    expect([again.status, again.text]).toEqual([answer.status, answer.text])
    expect(answer.headers.get("idempotent-replayed")).toBeNull()
    expect(again.headers.get("idempotent-replayed")).toBe("true")
    expect(again.headers.get("location")).toBe(answer.headers.get("location"))
    expect(await front.stock(sku)).toEqual([3, 0, 3])
  })

  it("gets the original response of a cancelled order, too", async () => {
    const sku = await front.putUp(0)
    const key = front.name("key")
    const { answer } = await front.place({ [sku]: 2 }, { key })
    await front.post(`/v1/inventory/${sku}/receipts`, { quantity: 10 })
    const again = await front.ask({ [sku]: 2 }, { key })
    expect([again.status, again.text]).toEqual([answer.status, answer.text])
  })

  it("waits for the same order while it is in progress", async () => {
    const sku = await front.putUp(5)
    const key = front.name("key")
    const first = await front.begin({ [sku]: 1 }, { key, token: "pm_souk_slow" })
    const wishes = { key, token: "pm_souk_slow" }
    const { order } = await front.place({ [sku]: 1 }, wishes)
    expect([order.id, order.status]).toEqual([first.id, "confirmed"])
    expect(await front.stock(sku)).toEqual([4, 0, 4])
  })

  it("is one order when ten arrive at once", async () => {
    const sku = await front.putUp(50)
    const key = front.name("key")
    const all = await Promise.all(
      Array.from({ length: 10 }, () => front.place({ [sku]: 3 }, { key }))
    )
    expect(new Set(all.map(({ answer }) => answer.text)).size).toBe(1)
    expect(await front.stock(sku)).toEqual([47, 0, 47])
  })

  it("is the same key with quotation marks and without", async () => {
    const sku = await front.putUp(5)
    const key = front.name("key")
    const { order } = await front.place({ [sku]: 1 }, { key })
    expect((await front.place({ [sku]: 1 }, { key: `"${key}"` })).order.id).toBe(order.id)
  })

  it("is refused with another body", async () => {
    const sku = await front.putUp(5)
    const key = front.name("key")
    await front.place({ [sku]: 1 }, { key })
    problem(await front.ask({ [sku]: 2 }, { key }), 422, "idempotency_key_reused")
    expect(await front.stock(sku)).toEqual([4, 0, 4])
  })

  it("restocks once, and refuses another quantity", async () => {
    const sku = await front.putUp(0)
    const path = `/v1/inventory/${sku}/receipts`
    const headers = { "idempotency-key": front.name("key") }
    const body = { quantity: 5, reference: "PO-1" }
    const all = await Promise.all([1, 2, 3].map(() => front.post(path, body, headers)))
    expect(all.map(({ status }) => status)).toEqual([201, 201, 201])
    problem(await front.post(path, { quantity: 6 }, headers), 422, "idempotency_key_reused")
    expect(await front.stock(sku)).toEqual([5, 0, 5])
  })
})

describe("refunds", () => {
  it("are partial, any number of them, each once, and never more than was captured", async () => {
    const sku = await front.putUp(2, 500)
    const { order } = await front.place({ [sku]: 2 })
    const path = `/v1/payments/${order.id}/refunds`
    const body = { amount: { amountMinor: 300, currency: "EUR" }, reason: "scratched" }
    const headers = { "idempotency-key": front.name("key"), prefer: "wait=30" }
    const first = must(await front.post(path, body, headers), 201)
    const again = must(await front.post(path, body, headers), 201)
    expect(again.text).toBe(first.text)
    expect(decode(Wire.Refund, first)).toMatchObject({ status: "succeeded", reason: "scratched" })
    problem(await front.post(path, body), 400, "invalid_request")
    const others = await Promise.all(
      [1, 2, 3, 4].map((index) => front.post(path, body, { "idempotency-key": `r${index}` }))
    )
    expect(others.map(({ status }) => status).toSorted()).toEqual([201, 201, 422, 422])
    const rest = { "idempotency-key": front.name("key"), prefer: "wait=30" }
    const last = decode(Wire.Refund, must(await front.post(path, { reason: "all" }, rest), 201))
    expect(last.amount.amountMinor).toBe(100)
    expect(await front.payment(order.id)).toMatchObject({
      status: "refunded",
      refunded: { amountMinor: 1_000 },
      refundable: { amountMinor: 0 }
    })
    expect((await front.book(order.id)).filter((line) => line.startsWith("refund"))).toHaveLength(4)
  })

  it("are refused where nothing was captured", async () => {
    const sku = await front.putUp(0)
    const { order } = await front.place({ [sku]: 1 })
    const headers = { "idempotency-key": front.name("key") }
    const path = `/v1/payments/${order.id}/refunds`
    const { status } = await front.post(path, { reason: "hope" }, headers)
    expect([404, 409]).toContain(status)
  })
})

describe("lists and histories", () => {
  it("shows an order's timeline as the journal has it", async () => {
    const sku = await front.putUp(2)
    const { order } = await front.place({ [sku]: 1 })
    await front.step(order.id, "cancellation", { reason: "no" })
    const [events, timeline] = [
      await front.events(`order-${order.id}`),
      await front.timeline(order.id)
    ]
    expect(timeline.map(({ type, version }) => [version, type])).toEqual(
      events.map(({ type, version }) => [version, type])
    )
    expect(timeline.every(({ summary, actor }) => summary !== "" && actor !== "")).toBe(true)
  })

  it("shows the history of a SKU's stock with its reasons", async () => {
    const sku = await front.putUp(5)
    const { order } = await front.place({ [sku]: 2 })
    must(await front.post(`/v1/inventory/${sku}/adjustments`, { delta: -1, reason: "broke" }), 201)
    const { data } = await front.client.read(Wire.history, `/v1/inventory/${sku}/history`)
    expect(data.map(({ orderId, type }) => [type, orderId])).toEqual([
      ["StockReceived", undefined],
      ["StockReserved", order.id],
      ["StockCommitted", order.id],
      ["StockAdjusted", undefined]
    ])
    expect(await front.stock(sku)).toEqual([2, 0, 2])
  })

  it("refuses to adjust below what is reserved", async () => {
    const sku = await front.putUp(3)
    const { id } = await front.begin({ [sku]: 2 }, { token: "pm_souk_slow" })
    await front.until(id, async () => (await front.stock(sku))[1] === 2)
    const path = `/v1/inventory/${sku}/adjustments`
    const answer = await front.post(path, { delta: -2, reason: "theft" })
    problem(answer, 409, "adjustment_below_reserved")
    await front.until(id, ({ status }) => status === "confirmed")
    expect(await front.stock(sku)).toEqual([1, 0, 1])
  })

  it("pages through the orders of a customer, newest first, and by status", async () => {
    const sku = await front.putUp(3)
    const customerId = "cus_lists"
    const ids: Array<string> = []
    for (const status of ["confirmed", "confirmed", "confirmed", "cancelled"]) {
      const { order } = await front.place({ [sku]: 1 }, { customerId })
      expect(order.status).toBe(status)
      ids.unshift(order.id)
    }
    const list = (query: string) =>
      front.client.read(Wire.list(Wire.ListedOrder), `/v1/orders?customerId=${customerId}${query}`)
    const shown = async () => {
      const { data } = await list("")
      return data[0]?.id === ids[0] && data[0]?.status === "cancelled" ? data : undefined
    }
    const all = await eventually("the list has caught up", 30_000, shown)
    expect(all.map(({ id }) => id)).toEqual(ids)
    const [first, second] = [await list("&limit=3"), await list(`&limit=3&startingAfter=${ids[2]}`)]
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3))
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(3))
    expect([first.hasMore, second.hasMore]).toEqual([true, false])
    expect((await list("&status=cancelled")).data.map(({ id }) => id)).toEqual(ids.slice(0, 1))
    for (const listed of all) expect(await front.order(listed.id)).toMatchObject(listed)
  })

  it("shows products with what is available, newest first", async () => {
    const [older, newer] = [await front.putUp(2), await front.putUp(7)]
    const page = () => front.client.read(Wire.list(Wire.Product), "/v1/products?limit=2")
    const { data } = await eventually("the list has caught up", 30_000, async () => {
      const shown = await page()
      return shown.data[0]?.sku === newer && shown.data[0].available === 7 ? shown : undefined
    })
    expect(data.map(({ available, sku }) => [sku, available])).toEqual([
      [newer, 7],
      [older, 2]
    ])
  })

  it("pages through the journal without a gap", async () => {
    const whole = await readJournal(front.client)
    const page = await front.client.read(
      Wire.logPage(Wire.JournalEvent),
      `/v1/journal?after=${whole[4]?.position}&limit=3`
    )
    expect(page.data).toEqual(whole.slice(5, 8))
    expect(page.next).toBe(whole[7]?.position)
  })
})

const badBodies = (sku: string): ReadonlyArray<readonly [string, number, unknown, string?]> => {
  const line = (quantity: unknown) => orderBody([{ sku, quantity: quantity as number }])
  const lines = Array.from({ length: 101 }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 }))
  return [
    ["no lines", 400, orderBody([]), "#/lines"],
    ["quantity 0", 400, line(0), "#/lines/0/quantity"],
    ["quantity −1", 400, line(-1), "#/lines/0/quantity"],
    ["quantity 1.5", 400, line(1.5), "#/lines/0/quantity"],
    ["quantity as text", 400, line("1"), "#/lines/0/quantity"],
    ["quantity above the cap", 400, line(1_000_001), "#/lines/0/quantity"],
    ["101 lines", 400, orderBody(lines), "#/lines"],
    ["an unknown SKU", 422, orderBody([{ sku: "NO-SUCH", quantity: 1 }]), "#/lines/0/sku"],
    ["an unknown field", 400, { ...line(1), price: 1 }, "#/price"],
    ["a deep unknown field", 400, orderBody([{ sku, quantity: 1, price: 1 } as never])],
    ["NUL in a text", 400, { ...line(1), metadata: { note: "a\u0000b" } }],
    ["a lone surrogate", 400, { ...line(1), metadata: { note: "a\ud800b" } }],
    ["no address", 400, { ...line(1), shippingAddress: undefined }, "#/shippingAddress"],
    ["a total beyond the cap", 422, line(1_000_000)]
  ]
}

describe("bad input", () => {
  it("gets a problem document with the field, and appends nothing", async () => {
    const sku = await front.putUp(10, 999_999_999)
    const before = (await readJournal(front.client)).length
    const wrong = await inParallel(badBodies(sku), 4, async ([name, status, body, pointer]) => {
      const key = { "idempotency-key": front.name("bad") }
      const answer = await front.post("/v1/orders", body, key)
      const told = { name, status: answer.status, pointer: pointer ?? "" }
      const isRight = answer.status === status && answer.text.includes(pointer ?? "")
      if (answer.status >= 400) problem(answer, answer.status)
      return isRight ? [] : [{ ...told, text: answer.text }]
    })
    expect(wrong.flat()).toEqual([])
    expect((await readJournal(front.client)).length).toBe(before)
  })

  it("adds up lines of one SKU before it validates", async () => {
    const sku = await front.putUp(3)
    const twice = orderBody([
      { sku, quantity: 2 },
      { sku, quantity: 2 }
    ])
    const key = { "idempotency-key": front.name("key"), prefer: "wait=30" }
    const order = decode(Wire.Order, must(await front.post("/v1/orders", twice, key), 201))
    expect(order.cancellation?.reason).toBe("out_of_stock")
    expect(order.lines.map(({ quantity }) => quantity)).toEqual([4])
  })

  it("needs a key, a credential, JSON, and less than 256 KiB", async () => {
    const sku = await front.putUp(3)
    const body = orderBody([{ sku, quantity: 1 }])
    problem(await front.post("/v1/orders", body), 400, "invalid_request")
    const key = { "idempotency-key": front.name("key") }
    const send = (text: string, headers: Readonly<Record<string, string>>) =>
      fetch(`${shop.baseUrl}/v1/orders`, {
        method: "POST",
        body: text,
        headers: { ...key, ...headers }
      })
    const json = { "content-type": "application/json" }
    const credential = { authorization: `Bearer ${shop.adminKey}` }
    const huge = JSON.stringify({ ...body, metadata: { note: "x".repeat(12_000_000) } })
    const infinite = JSON.stringify(body).replace('"quantity":1', '"quantity":1e309')
    const statuses = await Promise.all([
      send(JSON.stringify(body), json),
      send(JSON.stringify(body), { ...json, authorization: "Bearer sk_wrong" }),
      send("{", { ...json, ...credential }),
      send(infinite, { ...json, ...credential }),
      send("lines=1", { "content-type": "application/x-www-form-urlencoded", ...credential }),
      send(huge, { ...json, ...credential }).catch(() => ({ status: 413 }))
    ])
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 400, 400, 415, 413])
    expect(await front.stock(sku)).toEqual([3, 0, 3])
  })

  it("finds nothing under invalid ids", async () => {
    for (const path of [
      "/v1/orders/nothing",
      "/v1/orders/ord_00000000000000000000",
      "/v1/nowhere"
    ]) {
      expect((await front.client.get(path)).status).toBe(404)
    }
    expect((await front.client.get("/v1/payments/ord_00000000000000000000")).status).toBe(404)
    expect((await front.client.get("/v1/inventory/NO-SUCH")).status).toBe(404)
  })
})
