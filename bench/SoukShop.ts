/** A shop of Souk as its process runs it, but with a provider and a carrier that answer at once. */
import * as Rooms from "@souk/actors/Rooms"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { RunnerConfig } from "@souk/actors/cluster/RunnerConfig"
import * as ShardOwnership from "@souk/actors/cluster/ShardOwnership"
import * as Database from "@souk/actors/database/Database"
import * as Migrations from "@souk/actors/database/Migrations"
import * as SqlPool from "@souk/actors/database/SqlPool"
import * as JournalPg from "@souk/actors/journal/JournalPg"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import * as ReminderPg from "@souk/actors/reminder/ReminderPg"
import { Carrier } from "@souk/actors/shipment/Carrier"
import { Effect, Layer, Logger, LogLevel, Option, Redacted } from "effect"
import type { Providers } from "./Work.ts"

/** What an order's id begins with, before its 32 digits. */
export const prefix = "ord_"

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

const alone = Layer.merge(
  Cluster.layerSingle,
  Layer.succeed(ShardOwnership.ShardOwnership, ShardOwnership.alone)
)

/** What a shop's process runs, read models included, without its HTTP: alone, or as a runner. */
export const layerShop = (
  databaseUrl: string,
  providers: Providers,
  runner: Option.Option<RunnerConfig>
) => {
  const database = Layer.effect(Database.Database, Database.external(Redacted.make(databaseUrl)))
  const tables = SqlPool.layer.pipe(
    Layer.provideMerge(Migrations.layer),
    Layer.provideMerge(database)
  )
  const ground = Layer.mergeAll(
    ActorClient.layer,
    JournalPg.layer,
    ReminderPg.layer,
    layerProviders(providers)
  ).pipe(
    Layer.provideMerge(Option.match(runner, { onNone: () => alone, onSome: Cluster.layerRunner }))
  )
  return Layer.mergeAll(Rooms.layerActors, Rooms.layerReadModels).pipe(
    Layer.provideMerge(ground),
    Layer.provideMerge(tables),
    Layer.provideMerge(quiet)
  )
}
