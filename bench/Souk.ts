/** Souk itself, in this process: its actors on its journal, and orders placed by message. */
import * as Actors from "@souk/actors/Actors"
import * as ProductReadModel from "@souk/actors/catalog/ProductReadModel"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as LocalActors from "@souk/actors/cluster/LocalActors"
import * as Database from "@souk/actors/database/Database"
import * as Migrations from "@souk/actors/database/Migrations"
import * as SqlPool from "@souk/actors/database/SqlPool"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import * as JournalPg from "@souk/actors/journal/JournalPg"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import * as OrderReadModel from "@souk/actors/order/OrderReadModel"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import * as Projection from "@souk/actors/projection/Projection"
import * as SagaDuePg from "@souk/actors/saga/SagaDuePg"
import { Carrier } from "@souk/actors/shipment/Carrier"
import { CommandId, CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { PlaceOrder } from "@souk/domain/order/OrderCommand"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Option, Redacted } from "effect"
import { auditJournal } from "./SoukAudit.ts"
import {
  type Contender,
  makeProviders,
  type Order,
  type OrderLine,
  type Outcome,
  type Providers,
  shelves
} from "./Work.ts"

/** How long stock is held for an order, and how long its caller waits for the end. */
const holdMs = 900_000
const waitMs = 60_000

const prefix = "ord_"

/** The same gateway and the same carrier that the other contenders call. */
const layerProviders = (providers: Providers) => {
  const idIn = (text: string) => text.slice(prefix.length, prefix.length + 32)
  const done = (reference: string) => ({ _tag: "Succeeded", reference }) as const
  const gateway = PaymentGateway.of({
    authorize: ({ amount, orderId }) =>
      Effect.map(
        Effect.promise(() => providers.authorise(idIn(orderId), amount.amountMinor)),
        done
      ),
    capture: ({ amount, key, orderId }) =>
      Effect.map(
        Effect.promise(() => providers.capture(idIn(orderId), amount.amountMinor)),
        () => done(key)
      ),
    void: ({ key }) => Effect.succeed(done(key)),
    refund: ({ key }) => Effect.succeed(done(key)),
    lookup: () => Effect.succeed(Option.none()),
    nextAction: () => Effect.succeed(Option.none()),
    stepMinor: () => 1
  })
  const carrier = Carrier.of({
    book: ({ key }) =>
      Effect.map(
        Effect.promise(() => providers.bookShipment(idIn(key))),
        (trackingNumber) => ({ _tag: "Booked", trackingNumber }) as const
      ),
    cancel: () => Effect.void
  })
  return Layer.merge(Layer.succeed(PaymentGateway, gateway), Layer.succeed(Carrier, carrier))
}

/** The tracer is off in a shop's process as well. */
const quiet = Layer.merge(Logger.minimumLogLevel(LogLevel.Warning), Layer.setTracerEnabled(false))

/** What a shop's process runs, read models included, without its HTTP. */
const layerShop = (databaseUrl: string, providers: Providers) => {
  const database = Layer.effect(Database.Database, Database.external(Redacted.make(databaseUrl)))
  const tables = SqlPool.layer.pipe(
    Layer.provideMerge(Migrations.layer),
    Layer.provideMerge(database)
  )
  const ground = Layer.mergeAll(
    Cluster.layerSingle,
    LocalActors.layer,
    JournalPg.layer,
    SagaDuePg.layer,
    layerProviders(providers)
  )
  return Layer.mergeAll(
    Actors.layer,
    Projection.follow(OrderReadModel.model),
    Projection.follow(ProductReadModel.model)
  ).pipe(Layer.provideMerge(ground), Layer.provideMerge(tables), Layer.provideMerge(quiet))
}

const metadata = (commandId: string): Metadata => ({
  commandId: CommandId.make(commandId),
  correlationId: commandId,
  causationId: "bench",
  who: "bench"
})

const fillShelves = Effect.gen(function* () {
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

const commandOf = ({ customer, id, lines: [first, second] }: Order): PlaceOrder => ({
  _tag: "PlaceOrder",
  orderId: OrderId.make(`${prefix}${id}`),
  customerId: CustomerId.make(customer),
  lines: [lineOf(first), lineOf(second)],
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

export const contender: Contender = {
  name: "souk",
  start: async (databaseUrl) => {
    const providers = makeProviders()
    const shop = ManagedRuntime.make(layerShop(databaseUrl, providers))
    await shop.runPromise(fillShelves)
    const orders = await shop.runPromise(ActorClient.make(OrderEntity))
    const stock = await shop.runPromise(ActorClient.make(StockEntity))
    return {
      placeOrder: async (order): Promise<Outcome> => {
        const command = commandOf(order)
        const { orderId } = command
        const place = orders.handle(orderId, command, metadata(`place/${orderId}`), waitMs)
        const { isAtRest, view } = await shop.runPromise(place)
        const status = view?.status
        if (isAtRest && (status === "confirmed" || status === "cancelled")) return status
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
}
