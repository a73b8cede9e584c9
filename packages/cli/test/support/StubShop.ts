/** A stub shop behind a real listener that follows the contract, or fails as configured. */
import { createServer } from "node:http"
import {
  type HttpApi,
  HttpApiBuilder,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { scopesOf } from "@souk/domain/auth/Role"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { AdjustmentBelowReserved, StockTooLarge } from "@souk/domain/inventory/StockCommand"
import { CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import {
  OrderAlreadyShipped,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped
} from "@souk/domain/order/OrderCommand"
import type { OrderStatus } from "@souk/domain/order/OrderView"
import { Authentication, Caller, Unauthorized } from "@souk/http/auth/Authentication"
import type { Stock, StockChange } from "@souk/http/inventory/StockApi"
import type { Order } from "@souk/http/order/OrderApi"
import { InternalError, InvalidRequest, KeyReused, Unavailable } from "@souk/http/Problem"
import { Array as Arr, Context, Effect, Layer, Redacted } from "effect"
import { Api } from "./StubApi.ts"
import * as StubPayments from "./StubPayments.ts"
import * as StubReconciliation from "./StubReconciliation.ts"
import * as StubOperator from "./StubOperator.ts"
import * as StubRooms from "./StubRooms.ts"

export const adminKey = "sk_test_admin_key"

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

export class StubShop extends Context.Tag("@souk/cli/test/StubShop")<
  StubShop,
  {
    readonly url: string
    /** Every request there was, in order. */
    readonly asked: Array<Asked>
  }
>() {}

const euros = (amountMinor: number) => ({ amountMinor, currency: "EUR" }) as const

/** A request for the orders of `flaky` gets the first page, and then an error. */
const statuses: ReadonlyArray<OrderStatus> = ["pending", "confirmed", "shipped", "delivered"]

/** The order number `n`, of which the newest is the first. */
export const orderNumber = (n: number): Order => ({
  id: OrderId.make(`ord_${String(n).padStart(16, "0")}`),
  status: statuses[n % statuses.length] ?? "pending",
  version: 7,
  customerId: CustomerId.make(n % 2 === 0 ? "even" : "odd"),
  lines: [
    {
      sku: Sku.make("TEAPOT-1"),
      name: "Teapot",
      quantity: 2,
      unitPrice: euros(1250),
      total: euros(2500)
    },
    {
      sku: Sku.make("CUP-1"),
      name: "Cup \u001B[31mred 茶",
      quantity: 1,
      unitPrice: euros(400),
      total: euros(400)
    }
  ],
  subtotal: euros(2900),
  tax: euros(609),
  shipping: euros(495),
  total: euros(4004),
  shippingAddress: {
    name: "Ada",
    line1: "1 Street",
    city: "Amsterdam",
    postalCode: "1000 AA",
    country: "NL"
  },
  placedAt: fromMillis(1_700_000_000_000 - n * 60_000),
  updatedAt: fromMillis(1_700_000_000_000),
  nextAction: null,
  metadata: { channel: "web" }
})

/** A cancelled order. */
export const cancelled: Order = {
  ...orderNumber(9999),
  status: "cancelled",
  cancellation: {
    reason: "out_of_stock",
    skus: [Sku.make("CUP-1")],
    at: fromMillis(1_700_000_000_000)
  }
}

export const ordersCount = 250

const orders = Arr.makeBy(ordersCount, orderNumber)

/** The faults of some products, for every request. */
const trouble = (sku: Sku) =>
  Effect.gen(function* () {
    if (sku.startsWith("UNKNOWN")) return yield* new ProductNotFound({ sku })
    if (sku.startsWith("BUSY")) return yield* new Unavailable()
    if (sku.startsWith("BROKEN")) return yield* new InternalError()
    if (sku.startsWith("INVALID")) {
      return yield* new InvalidRequest({ errors: [{ pointer: "#/quantity", detail: "is odd" }] })
    }
    if (sku.startsWith("SLOW")) return yield* Effect.never
  })

/** A problem document that is not in this CLI's contract. */
const unknownProblem = (status: number, code: string) =>
  HttpServerResponse.text(JSON.stringify({ status, code, detail: `the rule is ${code}` }), {
    status,
    contentType: "application/problem+json"
  })

/** Requests that got 429 once. */
const putOff = new Set<string>()

/** Receipts, by the key of the request. */
type Receipts = Map<string, { readonly quantity: number; readonly stock: Stock }>

export const changesCount = 250

const changes: ReadonlyArray<StockChange> = Arr.makeBy(changesCount, (index) => ({
  version: index + 1,
  type: index === 0 ? "StockReceived" : "StockReserved",
  at: fromMillis(1_700_000_000_000),
  quantity: 1,
  ...(index === 0 ? { reference: "PO-1", reason: "new" } : { orderId: orderNumber(index).id }),
  actor: "admin"
}))

const stockLayer = HttpApiBuilder.group(Api, "inventory", (handlers) => {
  const receipts: Receipts = new Map()
  const stockOf = (sku: Sku): Stock => {
    const received = Arr.fromIterable(receipts.values()).filter(({ stock }) => stock.sku === sku)
    const onHand = received.reduce((sum, { quantity }) => sum + quantity, 10)
    const version = 3 + received.length
    const reorder = { reorderPoint: null, reorderQuantity: null }
    return { sku, onHand, reserved: 2, available: onHand - 2, ...reorder, version }
  }
  return handlers
    .handle("get", ({ path: { sku } }) => Effect.as(trouble(sku), stockOf(sku)))
    .handle("receive", ({ headers, path: { sku }, payload: { quantity } }) =>
      Effect.gen(function* () {
        yield* trouble(sku)
        if (sku.startsWith("MOVED")) return HttpServerResponse.redirect("/v1/inventory/CUP-1")
        if (sku.startsWith("ODD")) return HttpServerResponse.html("<p>I am no shop</p>")
        if (sku.startsWith("FULL")) {
          return yield* new StockTooLarge({ sku, onHand: 10, max: 10 })
        }
        if (sku.startsWith("OLDER")) return unknownProblem(404, "not_found")
        if (sku.startsWith("NEWER")) return unknownProblem(409, "newer_rule")
        const key = headers["idempotency-key"] ?? ""
        if (sku.startsWith("PACED") && !putOff.has(key)) {
          putOff.add(key)
          return unknownProblem(429, "quota_exceeded")
        }
        const before = receipts.get(key)
        if (before !== undefined && before.quantity !== quantity) return yield* new KeyReused()
        const replayed = { "idempotent-replayed": "true" }
        if (before !== undefined) {
          return HttpServerResponse.unsafeJson(before.stock, { status: 201, headers: replayed })
        }
        const { onHand, available, version, ...stock } = stockOf(sku)
        const more = { onHand: onHand + quantity, available: available + quantity }
        const now = { ...stock, ...more, version: version + 1 }
        receipts.set(key, { quantity, stock: now })
        return HttpServerResponse.unsafeJson(now, { status: 201 })
      })
    )
    .handle("adjust", ({ path: { sku }, payload: { delta } }) =>
      Effect.gen(function* () {
        yield* trouble(sku)
        const { onHand, reserved, ...stock } = stockOf(sku)
        const left = onHand + delta
        if (left < reserved) {
          return yield* new AdjustmentBelowReserved({ sku, onHand, reserved, delta })
        }
        const now = { ...stock, onHand: left, reserved, available: left - reserved }
        return HttpServerResponse.unsafeJson(now, { status: 201 })
      })
    )
    .handle("setReorderPoint", () => new InternalError())
    .handle("history", ({ urlParams: { after = 0, limit = 100 } }) => {
      const data = changes.filter(({ version }) => version > after).slice(0, limit)
      return Effect.succeed({ data, next: data.at(-1)?.version ?? null })
    })
})

/** One entry more each time it is asked for, up to three. */
const looks = new Map<OrderId, number>()
const entriesOf = (id: OrderId) => {
  const count = Math.min(3, (looks.get(id) ?? 0) + 1)
  looks.set(id, count)
  return Arr.makeBy(count, (index) => ({
    version: index + 1,
    type: `Step${index + 1}`,
    at: fromMillis(1_700_000_000_000),
    summary: `step ${index + 1} \u001B[31mdone`,
    actor: "shop"
  }))
}

const orderLayer = HttpApiBuilder.group(Api, "orders", (handlers) =>
  handlers
    .handle("get", ({ path: { id } }) => {
      const found = [...orders, cancelled].find((order) => order.id === id)
      return found === undefined ? new OrderNotFound() : Effect.succeed(found)
    })
    .handle("list", ({ urlParams: { customerId, limit = 10, startingAfter, status } }) => {
      if (customerId === "flaky" && startingAfter !== undefined) return new Unavailable()
      const all = orders.filter(
        (order) =>
          order.status === (status ?? order.status) &&
          (customerId === "flaky" || order.customerId === (customerId ?? order.customerId))
      )
      const rest = all.slice(all.findIndex(({ id }) => id === startingAfter) + 1)
      const data = rest.slice(0, limit)
      return Effect.succeed({
        object: "list" as const,
        data,
        hasMore: rest.length > limit,
        url: "/v1/orders"
      })
    })
    .handle("place", () => new InternalError())
    .handle("timeline", ({ path: { id } }) => Effect.succeed({ data: entriesOf(id) }))
    .handle("cancel", ({ path: { id } }) => {
      const found = [...orders, cancelled].find((order) => order.id === id)
      if (found === undefined) return new OrderNotFound()
      return found.status === "shipped" || found.status === "delivered"
        ? new OrderAlreadyShipped({ orderId: id, trackingNumber: "TN1" })
        : Effect.succeed({ ...found, status: "cancelled" as const })
    })
    .handle("ship", ({ path: { id }, payload: { trackingNumber = "TN1" } }) => {
      const found = orders.find((order) => order.id === id)
      if (found?.status === "shipped" || found?.status === "delivered") return Effect.succeed(found)
      return found?.status === "confirmed"
        ? Effect.succeed({ ...found, status: "shipped" as const, trackingNumber })
        : new OrderNotConfirmed({ orderId: id })
    })
    .handle("deliver", ({ path: { id } }) => {
      const found = orders.find((order) => order.id === id)
      if (found?.status === "delivered") return Effect.succeed(found)
      return found?.status === "shipped"
        ? Effect.succeed({ ...found, status: "delivered" as const })
        : new OrderNotShipped({ orderId: id })
    })
)

const guard = Layer.succeed(Authentication, {
  bearer: (token) =>
    Redacted.value(token) === adminKey
      ? Effect.succeed(
          Caller.of({
            id: "admin",
            principal: "admin",
            userId: undefined,
            scopes: scopesOf("admin")
          })
        )
      : new Unauthorized()
})

const api = HttpApiBuilder.api(Api).pipe(
  Layer.provide(stockLayer),
  Layer.provide(orderLayer),
  Layer.provide(StubPayments.layer),
  Layer.provide(StubReconciliation.layer),
  Layer.provide(StubOperator.layer),
  Layer.provide(StubRooms.layer)
)

const listening = Layer.effect(
  StubShop,
  Effect.map(HttpServer.HttpServer, ({ address }) => {
    const port = address._tag === "TcpAddress" ? address.port : 0
    return { url: `http://127.0.0.1:${port}`, asked: [] }
  })
).pipe(Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))

/** An address without a listener any more. */
export const deserted = Effect.async<string>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" ? address?.port : undefined
    server.close(() => resume(Effect.succeed(`http://127.0.0.1:${port}`)))
  })
})

/** Served on a free port. */
/** A stub shop of these rooms, which records each request. */
export const serving = <R>(api: Layer.Layer<HttpApi.Api, never, R>) =>
  Layer.unwrapEffect(
    Effect.map(StubShop, ({ asked }) =>
      HttpApiBuilder.serve((app) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method, url }) => {
          asked.push({ method, url, headers })
          return app
        })
      )
    )
  ).pipe(Layer.provide(Layer.provide(api, guard)), Layer.provideMerge(listening))

export const layer = serving(api)
