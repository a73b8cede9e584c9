/** A shop in memory behind a listener on a free port, and a plain client for it. */
import { HttpServer } from "@effect/platform"
import * as Rooms from "@souk/actors/Rooms"
import * as IdentityMemory from "../../../actors/test/support/IdentityMemory.ts"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Readiness } from "@souk/actors/cluster/Readiness"
import { Journal, type JournalUnavailable } from "@souk/actors/journal/Journal"
import * as JournalMemory from "../../../actors/test/support/JournalMemory.ts"
import * as SandboxGateway from "@souk/actors/payment/SandboxGateway"
import * as SandboxLedgerMemory from "../../../actors/test/support/SandboxLedgerMemory.ts"
import * as SandboxWebhookSender from "@souk/actors/payment/SandboxWebhookSender"
import * as WebhookWorker from "@souk/actors/payment/WebhookWorker"
import * as SandboxCarrier from "@souk/actors/shipment/SandboxCarrier"
import { AdminKey } from "@souk/http/auth/AdminKey"
import * as SigningKey from "@souk/http/auth/SigningKey"
import { TrustedProxies } from "@souk/http/edge/ClientAddress"
import * as Server from "@souk/http/Server"
import { Context, Effect, Either, Layer, Logger, Redacted } from "effect"

import * as WebhookInboxMemory from "../../../actors/test/support/WebhookInboxMemory.ts"
import { besideRooms } from "./BesideRooms.ts"
import * as Operating from "./Operating.ts"

export const adminKey = "sk_test_admin_key"

/** What the rooms' lists provide. */
type Lists = Layer.Layer.Success<typeof Rooms.layerLists>

/** The lists in memory: `*Pages.ts` beside the tests of each room. */
const lists: Layer.Layer<Lists, never, Journal> = Layer.unwrapEffect(
  Effect.map(
    Effect.promise(() =>
      besideRooms<{ readonly layer: Layer.Layer<Lists, never, Journal> }>("Pages.ts")
    ),
    (found) =>
      found.reduce<Layer.Layer<Lists, never, Journal>>(
        (all, { layer }) => Layer.merge(all, layer),
        // True because each list has its file, or else no request is served.
        Layer.empty as Layer.Layer<never> as Layer.Layer<Lists>
      )
  )
)

/** Whether the shop is ready; tests may change it. */
export const health = { isOk: true }

const readiness = Layer.succeed(
  Readiness,
  Readiness.of({
    check: Effect.sync(() => [
      { name: "database", isOk: health.isOk, detail: health.isOk ? "commits" : "no answer" }
    ])
  })
)

/** The failure of reads of the journal; tests may change it. */
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

/** The sandbox as in the server: it sends signed webhooks. */
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

const shop = Layer.mergeAll(lists, Operating.layer, WebhookWorker.layer).pipe(
  Layer.provideMerge(Rooms.layerActors),
  Layer.provideMerge(ground)
)

/** The URL of the HTTP layer of this test. */
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

/** All log lines, with their annotations. */
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
