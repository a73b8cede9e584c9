/** Souk itself, in this process: its actors on its journal, and orders placed by message. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { CommandId, CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Array as Arr, Effect, ManagedRuntime, Option } from "effect"
import { auditJournal } from "./SoukAudit.ts"
import { layerShop, prefix } from "./SoukShop.ts"
import {
  type Contender,
  makeProviders,
  type Order,
  type OrderLine,
  type Outcome,
  type Providers,
  type Running,
  type Shelves
} from "./Work.ts"

/** How long stock is held for an order, and how long its caller waits for the end. */
const holdMs = 900_000
const waitMs = 60_000

const metadata = (commandId: string): Metadata => ({
  commandId: CommandId.make(commandId),
  correlationId: commandId,
  causationId: "bench",
  who: "bench"
})

const fillShelves = (shelves: Shelves) =>
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    yield* Effect.forEach(
      shelves,
      (item) => {
        const sku = Sku.make(item.sku)
        const command = { _tag: "ReceiveStock", sku, quantity: item.onHand } as const
        return stock.handle(sku, command, metadata(`receive/${sku}`))
      },
      { concurrency: 16, discard: true }
    )
  })

const lineOf = ({ quantity, sku, unitPrice }: OrderLine): PlaceOrder["lines"][number] => ({
  sku: Sku.make(sku),
  name: "Thing",
  quantity,
  unitPrice: { amountMinor: unitPrice, currency: "EUR" }
})

const commandOf = ({ customer, id, lines }: Order): PlaceOrder => ({
  _tag: "PlaceOrder",
  orderId: OrderId.make(`${prefix}${id}`),
  customerId: CustomerId.make(customer),
  lines: Arr.map(lines, lineOf),
  shippingAddress: {
    name: "Ada",
    line1: "Street 1",
    city: "Utrecht",
    postalCode: "3511",
    country: "NL"
  },
  paymentMethod: { type: "card", token: "pm_card_visa" },
  metadata: {},
  fingerprint: id,
  holdMs
})

/** A shop of Souk with its stock, that calls this provider and this carrier. */
export const open = async (
  databaseUrl: string,
  shelves: Shelves,
  providers: Providers
): Promise<Running> => {
  const shop = ManagedRuntime.make(layerShop(databaseUrl, providers, Option.none()))
  await shop.runPromise(fillShelves(shelves))
  const orders = await shop.runPromise(ActorClient.make(OrderEntity))
  const stock = await shop.runPromise(ActorClient.make(StockEntity))
  return {
    placeOrder: async (order): Promise<Outcome> => {
      const command = commandOf(order)
      const { orderId } = command
      const place = orders.handle(orderId, command, metadata(`place/${orderId}`), waitMs)
      const { isSettled, view } = await shop.runPromise(place)
      const status = view?.status
      if (isSettled && (status === "confirmed" || status === "cancelled")) return status
      throw new Error(`${orderId} is still ${status} after ${waitMs} ms`)
    },
    audit: async () => ({
      orders: await auditJournal(databaseUrl, prefix),
      stock: await shop.runPromise(
        Effect.forEach(shelves, ({ sku }) =>
          Effect.map(stock.read(sku), ({ view }) => ({
            sku,
            onHand: view?.onHand ?? 0,
            reserved: view?.reserved ?? 0
          }))
        )
      ),
      ledger: providers.ledger
    }),
    stop: () => shop.dispose()
  }
}

export const contender: Contender = {
  name: "souk",
  start: (databaseUrl, shelves) => open(databaseUrl, shelves, makeProviders())
}
