/** An order whose provider answers late, in a shop that holds stock for five seconds only. */
import { afterAll, beforeAll, expect, it } from "vitest"
import * as Audit from "./support/Audit.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start({ SOUK_RESERVATION_SECONDS: "5" })
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

const succeeded = async (id: string) =>
  (await front.book(id)).filter((line) => line.includes("succeeded"))

it("is cancelled when the hold expires, and a later success is voided", async () => {
  const sku = await front.putUp(1, 500)
  const { id } = await front.begin({ [sku]: 1 }, { token: "pm_souk_late_success" })
  await front.until(id, async () => (await front.stock(sku))[1] === 1)
  const order = await front.until(id, ({ status }) => status === "cancelled")
  expect(order.cancellation?.reason).toBe("payment_timeout")
  expect(await front.stock(sku)).toEqual([1, 0, 1])
  expect(await succeeded(id)).toEqual(["authorize succeeded 500", "void succeeded 500"])
  const auditInput = await Audit.collect(shop.client, [], new Date().toISOString())
  expect(Audit.judge(auditInput, Audit.bookChecks)).toEqual([])
})
