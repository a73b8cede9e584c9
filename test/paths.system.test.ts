/** Every way an order can go, over HTTP, with a real Postgres behind it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Audit from "./support/Audit.ts"
import { decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { Shop } from "./support/Shop.ts"
import { problem, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start()
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

describe("a confirmed order", () => {
  it("is paid, and its units leave the stock", async () => {
    const [one, other] = [await front.putUp(10, 1_250), await front.putUp(3, 400)]
    const { answer, order } = await front.place({ [one]: 2, [other]: 3 })
    expect(order).toMatchObject({ status: "confirmed", total: { amountMinor: 3_700 } })
    expect(order.confirmationNumber).toBeTruthy()
    expect(order.trackingNumber).toBeTruthy()
    expect(answer.headers.get("request-id")).toBeTruthy()
    expect(await front.stock(one)).toEqual([8, 0, 8])
    expect(await front.stock(other)).toEqual([0, 0, 0])
    expect(await front.book(order.id)).toEqual([
      "authorize succeeded 3700",
      "capture succeeded 3700"
    ])
    expect(await front.payment(order.id)).toMatchObject({
      status: "captured",
      captured: { amountMinor: 3_700 },
      refundable: { amountMinor: 3_700 }
    })
    expect(await front.order(order.id)).toEqual(order)
  })

  it("ships, and arrives", async () => {
    const sku = await front.putUp(1)
    const { order } = await front.place({ [sku]: 1 })
    const shipped = await front.step(order.id, "shipment", { trackingNumber: "TRACK-1" })
    expect(shipped).toMatchObject({ status: "shipped", trackingNumber: "TRACK-1" })
    expect(await front.step(order.id, "shipment")).toEqual(shipped)
    expect((await front.step(order.id, "delivery")).status).toBe("delivered")
    expect((await front.timeline(order.id)).map(({ type }) => type).slice(-2)).toEqual([
      "OrderShipped",
      "OrderDelivered"
    ])
  })

  it("cannot be delivered before it is shipped, nor shipped before it is confirmed", async () => {
    const sku = await front.putUp(5)
    const { order } = await front.place({ [sku]: 1 })
    problem(await front.post(`/v1/orders/${order.id}/delivery`), 409, "order_not_shipped")
    const slow = await front.begin({ [sku]: 1 }, { token: "pm_souk_slow" })
    problem(await front.post(`/v1/orders/${slow.id}/shipment`), 409, "order_not_confirmed")
    expect((await front.until(slow.id, ({ status }) => status !== "pending")).status).toBe(
      "confirmed"
    )
  })

  it.for([
    ["pm_souk_flaky", "authorize failed 700,authorize failed 700,authorize succeeded 700"],
    ["pm_souk_timeout_charged", "authorize succeeded 700"],
    ["pm_souk_timeout_not_charged", "authorize failed 700,authorize succeeded 700"],
    ["pm_souk_slow", "authorize succeeded 700"]
  ] as const)("is charged once by a provider in trouble (%s)", async ([token, attempts]) => {
    const sku = await front.putUp(1, 700)
    const { order } = await front.place({ [sku]: 1 }, { token })
    expect(order.status).toBe("confirmed")
    expect((await front.book(order.id)).join()).toBe(`${attempts},capture succeeded 700`)
  })

  // The bank asks the customer first; then a webhook is sent once, three times, or not at all.
  it.for(["pm_card_authenticationRequired", "pm_souk_duplicate_webhook", "pm_souk_silence"])(
    "waits for its customer, and is charged once (%s)",
    async (token) => {
      const sku = await front.putUp(1, 700)
      const waiting = await front.begin({ [sku]: 1 }, { token })
      const { status } = await front.until(waiting.id, ({ status }) => status !== "pending")
      expect(status).toBe("confirmed")
      expect(await front.book(waiting.id)).toEqual([
        "authorize failed 700",
        "authorize succeeded 700",
        "capture succeeded 700"
      ])
      expect(await front.stock(sku)).toEqual([0, 0, 0])
    }
  )
})

describe("an order that is not confirmed", () => {
  it("is cancelled when a line is out of stock, and keeps nothing reserved", async () => {
    const [plenty, scarce, none] = [
      await front.putUp(9),
      await front.putUp(1),
      await front.putUp(0)
    ]
    const { order } = await front.place({ [plenty]: 2, [scarce]: 2, [none]: 1 })
    expect(order).toMatchObject({ status: "cancelled", cancellation: { reason: "out_of_stock" } })
    expect(order.cancellation?.skus?.toSorted()).toEqual([scarce, none].toSorted())
    expect(await front.stock(plenty)).toEqual([9, 0, 9])
    expect(await front.stock(scarce)).toEqual([1, 0, 1])
    expect(await front.book(order.id)).toEqual([])
  })

  it.for([
    ["pm_card_chargeDeclined", "generic_decline"],
    ["pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card"],
    ["pm_nobody_issued_this", "invalid_payment_method"]
  ] as const)("is cancelled when the card is declined (%s)", async ([token, declineCode]) => {
    const sku = await front.putUp(4, 900)
    const { order } = await front.place({ [sku]: 3 }, { token })
    const cancellation = { reason: "payment_declined", declineCode }
    expect(order).toMatchObject({ status: "cancelled", cancellation })
    expect(await front.stock(sku)).toEqual([4, 0, 4])
    expect(await front.book(order.id)).toEqual(["authorize failed 2700"])
    expect(await front.payment(order.id)).toMatchObject({ status: "declined", declineCode })
  })

  it("is cancelled when the carrier refuses: the authorisation is voided", async () => {
    const sku = await front.putUp(4, 900)
    const { order } = await front.place({ [sku]: 1 }, { country: "AQ" })
    const cancellation = { reason: "shipping_unavailable" }
    expect(order).toMatchObject({ status: "cancelled", cancellation })
    expect(await front.stock(sku)).toEqual([4, 0, 4])
    expect(await front.book(order.id)).toEqual(["authorize succeeded 900", "void succeeded 900"])
    expect(await front.payment(order.id)).toMatchObject({ status: "voided" })
  })

  it("is cancelled by the customer before it ships: money and stock return", async () => {
    const sku = await front.putUp(4, 900)
    const { answer, order } = await front.place({ [sku]: 2 })
    const cancelled = await front.step(order.id, "cancellation", { reason: "changed my mind" })
    const note = "changed my mind"
    expect(cancelled).toMatchObject({ status: "cancelled", cancellation: { note } })
    expect(cancelled.cancellation?.reason).toMatch(/^requested_by_(customer|merchant)$/)
    expect(await front.stock(sku)).toEqual([4, 0, 4])
    expect((await front.book(order.id)).at(-1)).toBe("refund succeeded 1800")
    expect(await front.payment(order.id)).toMatchObject({
      status: "refunded",
      refundable: { amountMinor: 0 }
    })
    expect(await front.step(order.id, "cancellation")).toEqual(cancelled)
    problem(await front.post(`/v1/orders/${order.id}/shipment`), 409, "order_already_cancelled")
    expect((await front.place({ [sku]: 2 }, { key: "other" })).order.status).toBe("confirmed")
    expect(answer.status).toBe(201)
  })

  it("cannot be cancelled once it has shipped", async () => {
    const sku = await front.putUp(4)
    const { order } = await front.place({ [sku]: 1 })
    await front.step(order.id, "shipment")
    const refused = await front.post(`/v1/orders/${order.id}/cancellation`, { reason: "late" })
    problem(refused, 409, "order_already_shipped")
    await front.step(order.id, "delivery")
    const again = await front.post(`/v1/orders/${order.id}/cancellation`, { reason: "late" })
    problem(again, 409, "order_already_shipped")
    expect((await front.order(order.id)).status).toBe("delivered")
    expect(await front.stock(sku)).toEqual([3, 0, 3])
  })

  it("is cancelled in the middle of the payment: what succeeds late is voided", async () => {
    const sku = await front.putUp(2, 500)
    const { id } = await front.begin({ [sku]: 1 }, { token: "pm_souk_late_success" })
    await eventually("the provider was asked", 10_000, async () =>
      (await front.book(id)).length > 0 ? true : undefined
    )
    const headers = { prefer: "wait=0" }
    const answer = await front.post(`/v1/orders/${id}/cancellation`, { reason: "no" }, headers)
    expect([answer.status, decode(Wire.Order, answer).status]).toEqual([202, "cancelling"])
    expect((await front.until(id, ({ status }) => status !== "cancelling")).status).toBe(
      "cancelled"
    )
    expect(await front.stock(sku)).toEqual([2, 0, 2])
    expect((await front.book(id)).filter((line) => line.includes("succeeded"))).toEqual([
      "authorize succeeded 500",
      "void succeeded 500"
    ])
  })
})

describe("many orders for the last units", () => {
  it.for([2, 2, 2, 20])("exactly one of %i gets it", async (racers) => {
    const sku = await front.putUp(1, 900)
    const all = await Promise.all(Array.from({ length: racers }, () => front.place({ [sku]: 1 })))
    const reasons = all.map(({ order }) => order.cancellation?.reason ?? order.status)
    const losers = Array.from({ length: racers - 1 }, () => "out_of_stock")
    expect(reasons.toSorted()).toEqual(["confirmed", ...losers])
    expect(await front.stock(sku)).toEqual([0, 0, 0])
  })

  it("exactly seven of twenty get seven units, with any other lines", async () => {
    const [scarce, plenty] = [await front.putUp(7), await front.putUp(100)]
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        front.place(index % 2 === 0 ? { [scarce]: 1, [plenty]: 2 } : { [plenty]: 2, [scarce]: 1 })
      )
    )
    expect(all.filter(({ order }) => order.status === "confirmed")).toHaveLength(7)
    expect(await front.stock(scarce)).toEqual([0, 0, 0])
    expect(await front.stock(plenty)).toEqual([86, 0, 86])
  })
})

it("leaves a consistent shop", async () => {
  await Audit.quiet(shop.client)
  const auditInput = await Audit.collect(shop.client, [], new Date().toISOString())
  expect(auditInput.orders.size).toBeGreaterThan(40)
  expect(Audit.judge(auditInput, Audit.bookChecks)).toEqual([])
})
