/** Requests as a storefront would send them, short enough for a test. */
import { CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Effect } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { metadata } from "./TestShop.ts"

export const orderId = (n: number): OrderId => OrderId.make(`ord_${String(n).padStart(20, "0")}`)

export interface Wish {
  readonly sku?: string
  readonly token?: string
  readonly country?: string
  readonly holdMs?: number
  readonly fingerprint?: string
}

/** Two units of one SKU, to be paid with the given card. */
export const placeOrder = (n: number, wish: Wish = {}): PlaceOrder => ({
  _tag: "PlaceOrder",
  orderId: orderId(n),
  customerId: CustomerId.make("customer-1"),
  lines: [
    {
      sku: Sku.make(wish.sku ?? "LAMP"),
      name: "Lamp",
      quantity: 2,
      unitPrice: { amountMinor: 1_000, currency: "EUR" }
    }
  ],
  shippingAddress: {
    name: "Ada",
    line1: "Street 1",
    city: "Utrecht",
    postalCode: "3511",
    country: wish.country ?? "NL"
  },
  paymentMethod: { type: "card", token: wish.token ?? "pm_card_visa" },
  metadata: {},
  fingerprint: wish.fingerprint ?? "same",
  holdMs: wish.holdMs ?? 900_000
})

/** Puts `quantity` units of `sku` on the shelf. */
export const stockUp = (sku: string, quantity: number, receipt = "1") =>
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    return yield* stock.handle(
      sku,
      { _tag: "ReceiveStock", sku: Sku.make(sku), quantity },
      metadata(`receipt/${sku}/${receipt}`)
    )
  })
