/** A whole shop in memory behind a real listener on a free port, and a plain client for it. */
import { HttpServer } from "@effect/platform"
import { ProductReadModel } from "@souk/actors/catalog/ProductReadModel"
import * as Rooms from "@souk/actors/Rooms"
import * as IdentityMemory from "../../../actors/test/support/IdentityMemory.ts"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Readiness } from "@souk/actors/cluster/Readiness"
import { Journal, type JournalUnavailable, type Recorded } from "@souk/actors/journal/Journal"
import * as JournalMemory from "../../../actors/test/support/JournalMemory.ts"
import { OrderReadModel } from "@souk/actors/order/OrderReadModel"
import * as SandboxGateway from "@souk/actors/payment/SandboxGateway"
import * as SandboxLedgerMemory from "../../../actors/test/support/SandboxLedgerMemory.ts"
import * as SandboxWebhookSender from "@souk/actors/payment/SandboxWebhookSender"
import * as WebhookWorker from "@souk/actors/payment/WebhookWorker"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"
import * as SandboxCarrier from "@souk/actors/shipment/SandboxCarrier"
import { ProductView } from "@souk/domain/catalog/ProductView"
import { OrderEvent } from "@souk/domain/order/OrderEvent"
import { patch } from "@souk/domain/order/OrderView"
import { AdminKey } from "@souk/http/auth/AdminKey"
import * as SigningKey from "@souk/http/auth/SigningKey"
import { TrustedProxies } from "@souk/http/edge/ClientAddress"
import { Order } from "@souk/http/order/OrderApi"
import * as Server from "@souk/http/Server"
import { Context, Effect, Either, Layer, Logger, Redacted, Schema } from "effect"
import * as WebhookInboxMemory from "../../../actors/test/support/WebhookInboxMemory.ts"
import * as Operating from "./Operating.ts"
import * as PaymentPages from "./PaymentPages.ts"

export const adminKey = "sk_test_admin_key"

/** The streams of one room, newest first, each folded by `fold`. */
const folded = <View, ViewI>(
  events: ReadonlyArray<Recorded>,
  room: string,
  fold: (before: object, event: object, version: number) => object,
  schema: Schema.Schema<View, ViewI>
): ReadonlyArray<View> => {
  const byStream = new Map<string, object>()
  for (const { payload, stream, type, version } of events) {
    if (!stream.startsWith(`${room}-`)) continue
    const before = byStream.get(stream) ?? {}
    byStream.set(stream, fold(before, { _tag: type, ...payload }, version))
  }
  return [...byStream.values()].map((doc) => Schema.decodeUnknownSync(schema)(doc)).toReversed()
}

const decodeEvent = Schema.decodeUnknownSync(OrderEvent)

const orderPages = Layer.effect(
  OrderReadModel,
  Effect.map(Journal, (journal) =>
    OrderReadModel.of({
      list: ({ customerId, status, ...page }) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll(0, 100_000)
          const all = folded(
            events,
            "order",
            (before, event, version) => ({ ...before, ...patch(decodeEvent(event)), version }),
            Order
          ).filter(
            (order) =>
              order.customerId === (customerId ?? order.customerId) &&
              order.status === (status ?? order.status)
          )
          return yield* pageOf(all, ({ id }) => id, page)
        })
    })
  )
)

const productPages = Layer.effect(
  ProductReadModel,
  Effect.map(Journal, (journal) =>
    ProductReadModel.of({
      list: (page) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll(0, 100_000)
          const all = folded(
            events,
            "catalog",
            (before, event) => {
              const at = "at" in event ? event.at : ""
              return { listedAt: at, ...before, ...event, updatedAt: at }
            },
            ProductView
          )
          return yield* pageOf(all, ({ sku }) => sku, page)
        })
    })
  )
)

/** Whether the shop says that it is ready; tests may change it. */
export const health = { isOk: true }

const readiness = Layer.succeed(
  Readiness,
  Readiness.of({
    check: Effect.sync(() => [
      { name: "database", isOk: health.isOk, detail: health.isOk ? "commits" : "no answer" }
    ])
  })
)

/** What befalls whoever reads the journal; tests may change it. */
export const journal: { trouble: Effect.Effect<void, JournalUnavailable> } = {
  trouble: Effect.void
}

const troubled = Layer.effect(
  Journal,
  Effect.map(Journal, ({ hasNewer, load, readAll, readCategory, readStream, ...rest }) => {
    const first = <A>(read: Effect.Effect<A, JournalUnavailable>) =>
      Effect.suspend(() => Effect.zipRight(journal.trouble, read))
    return Journal.of({
      ...rest,
      hasNewer: (stream, after, done) => {
        const isFine = Effect.runSync(Effect.either(journal.trouble))
        if (Either.isLeft(isFine)) queueMicrotask(() => done(Either.left(isFine.left)))
        else hasNewer(stream, after, done)
      },
      load: (...asked) => first(load(...asked)),
      readStream: (...asked) => first(readStream(...asked)),
      readAll: (...asked) => first(readAll(...asked)),
      readCategory: (...asked) => first(readCategory(...asked))
    })
  })
).pipe(Layer.provideMerge(JournalMemory.layer))

/** The sandbox as the real shop has it: it tells of what happened by signed webhooks. */
const provider = Layer.mergeAll(
  SandboxGateway.layer.pipe(Layer.provide(SandboxWebhookSender.layer)),
  SandboxWebhookSender.layerWebhook
).pipe(
  Layer.provideMerge(SandboxWebhookSender.layerTarget),
  Layer.provideMerge(SandboxLedgerMemory.layer)
)

const ground = Layer.mergeAll(
  Cluster.layerSingle,
  ActorClient.layer,
  troubled,
  provider,
  WebhookInboxMemory.layer,
  IdentityMemory.layer,
  SandboxCarrier.layer,
  readiness
)

const shop = Layer.mergeAll(
  orderPages,
  productPages,
  PaymentPages.layer,
  Operating.layer,
  WebhookWorker.layer
).pipe(Layer.provideMerge(Rooms.layerActors), Layer.provideMerge(ground))

/** Where the HTTP layer of this test is. */
export class TestHttpApp extends Context.Tag("@souk/http/test/Door")<
  TestHttpApp,
  { readonly url: string }
>() {}

const door = Layer.effect(
  TestHttpApp,
  Effect.map(HttpServer.HttpServer, ({ address }) => {
    if (address._tag !== "TcpAddress") throw new Error("not listening on TCP")
    return TestHttpApp.of({ url: `http://${address.hostname}:${address.port}` })
  })
)

/** Everything the shop has logged, with its annotations. */
export const log: Array<string> = []

const logged = Logger.replace(
  Logger.defaultLogger,
  Logger.map(Logger.logfmtLogger, (line) => {
    log.push(line)
  })
)

export const layer = door.pipe(
  Layer.provideMerge(Server.layer),
  Layer.provideMerge(shop),
  Layer.provideMerge(Layer.orDie(SigningKey.layerGenerated)),
  Layer.provide([
    logged,
    // Tests come from where they say they come from.
    Layer.succeed(TrustedProxies, 1),
    Layer.succeed(AdminKey, Redacted.make(adminKey)),
    Layer.succeed(Server.ServerAddress, { host: "127.0.0.1", port: 0 })
  ])
)
