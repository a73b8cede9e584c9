/** Entry point of the server: one process of a shop. */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import * as Rooms from "@souk/actors/Rooms"
import * as IdentityPg from "@souk/actors/auth/IdentityPg"
import * as Cluster from "@souk/actors/cluster/Cluster"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import * as ShardOwnership from "@souk/actors/cluster/ShardOwnership"
import * as RunnerConfig from "@souk/actors/cluster/RunnerConfig"
import { Configuration } from "@souk/actors/configuration/Configuration"
import * as ConfigurationCheck from "@souk/actors/configuration/ConfigurationCheck"
import * as Database from "@souk/actors/database/Database"
import * as DatabaseReportPg from "@souk/actors/database/DatabaseReportPg"
import * as Migrations from "@souk/actors/database/Migrations"
import * as ReadinessPg from "@souk/actors/database/ReadinessPg"
import * as DurabilityCheck from "@souk/actors/database/DurabilityCheck"
import * as InstanceLock from "@souk/actors/database/InstanceLock"
import * as SqlPool from "@souk/actors/database/SqlPool"
import * as JournalPg from "@souk/actors/journal/JournalPg"
import * as SandboxGateway from "@souk/actors/payment/SandboxGateway"
import * as SandboxLedgerPg from "@souk/actors/payment/SandboxLedgerPg"
import * as SandboxWebhookSender from "@souk/actors/payment/SandboxWebhookSender"
import * as StripeConfig from "@souk/actors/payment/StripeConfig"
import * as StripeGateway from "@souk/actors/payment/StripeGateway"
import * as StripeWebhook from "@souk/actors/payment/StripeWebhook"
import * as WebhookInboxPg from "@souk/actors/payment/WebhookInboxPg"
import * as WebhookWorker from "@souk/actors/payment/WebhookWorker"
import * as RateLimitStorePg from "@souk/actors/quota/RateLimitStorePg"
import * as ReminderPg from "@souk/actors/reminder/ReminderPg"
import * as SandboxCarrier from "@souk/actors/shipment/SandboxCarrier"
import { Config, Console, Effect, Layer, Logger, Option } from "effect"
import { constVoid } from "effect/Function"
import * as AdminKeyFile from "./auth/AdminKeyFile.ts"
import * as SigningKey from "./auth/SigningKey.ts"
import * as ClientAddress from "./edge/ClientAddress.ts"
import * as Shutdown from "./Shutdown.ts"
import * as Cors from "./edge/Cors.ts"
import * as ReservationTtl from "./order/ReservationTtl.ts"
import * as RateLimiter from "./quota/RateLimiter.ts"
import * as Server from "./Server.ts"
import * as StartupBanner from "./StartupBanner.ts"

/** Limit of a shutdown after the readiness delay; then the process exits. */
const shutdownMsMax = 30_000

/** The database: durable, locked for this shop, and migrated. */
const foundation = (runner: Option.Option<RunnerConfig.RunnerConfig>) =>
  Migrations.layer.pipe(
    Layer.provideMerge(Option.isSome(runner) ? InstanceLock.layerRunner : InstanceLock.layer),
    Layer.provideMerge(DurabilityCheck.layer),
    Layer.provideMerge(Database.layer)
  )

/** A single process, or one of several runners, whose journal checks shard ownership. */
const cluster = (runner: Option.Option<RunnerConfig.RunnerConfig>) =>
  Option.match(runner, {
    onNone: () =>
      Layer.merge(
        Cluster.layerSingle,
        Layer.succeed(ShardOwnership.ShardOwnership, ShardOwnership.alone)
      ),
    onSome: Cluster.layerRunner
  })

const Infrastructure = Layer.unwrapEffect(
  Effect.map(RunnerConfig.config, (runner) =>
    Layer.mergeAll(
      JournalPg.layer,
      ReminderPg.layer,
      SandboxLedgerPg.layer,
      WebhookInboxPg.layer,
      IdentityPg.layer,
      Rooms.layerLists
    ).pipe(
      Layer.provideMerge(cluster(runner)),
      Layer.provideMerge(SqlPool.layer),
      Layer.provideMerge(foundation(runner))
    )
  )
)

const Sandbox = Layer.mergeAll(
  SandboxGateway.layer.pipe(Layer.provide(SandboxWebhookSender.layer)),
  SandboxWebhookSender.layerWebhook
)

/** Stripe, or the sandbox provider. */
const Provider = Layer.unwrapEffect(
  Effect.map(Configuration.paymentGateway, (which) =>
    which === "stripe" ? Layer.mergeAll(StripeGateway.layer, StripeWebhook.layer) : Sandbox
  )
)

const Shop = Layer.mergeAll(
  Rooms.layerActors,
  Rooms.layerReadModels,
  WebhookWorker.layer,
  DatabaseReportPg.layer,
  ReadinessPg.layer
).pipe(
  Layer.provide(SandboxCarrier.layer),
  Layer.provideMerge(Provider),
  Layer.provideMerge(SandboxWebhookSender.layerTarget),
  Layer.provideMerge(ActorClient.layer),
  Layer.provideMerge(Infrastructure)
)

const Http = Server.layer.pipe(
  Layer.provide(RateLimitStorePg.layer),
  Layer.provideMerge(Shop),
  Layer.provide(Layer.mergeAll(AdminKeyFile.layer, SigningKey.layer)),
  Layer.provide(
    Layer.mergeAll(
      Server.addressFromEnv,
      ClientAddress.layer,
      Cors.layer,
      Shutdown.layerReadinessDelay,
      ReservationTtl.layer,
      RateLimiter.layerPolicies
    )
  ),
  Layer.provide(NodeContext.layer)
)

/** Reports all configuration errors before anything is started. */
const checked = ConfigurationCheck.check(process.env, [
  RunnerConfig.config,
  ReservationTtl.config,
  Effect.flatMap(Configuration.paymentGateway, (which) =>
    Effect.when(
      Config.all([StripeConfig.config, StripeConfig.webhookConfig]),
      () => which === "stripe"
    )
  ),
  SigningKey.checkGiven,
  Server.checkHost
])

/** Ends the process when another one has taken over its data folder or database. */
const alone = Effect.gen(function* () {
  const database = yield* Database.Database
  const { lost } = yield* InstanceLock.InstanceLock
  return yield* Effect.raceFirst(database.lost, lost)
})

/** Exits the process if its shutdown takes too long. */
const deadline = Effect.map(Shutdown.ReadinessDelayMs, (delayMs) => {
  setTimeout(() => process.exit(1), delayMs + shutdownMsMax).unref()
}).pipe(Effect.provide(Shutdown.layerReadinessDelay))

const shop = Effect.zipRight(Effect.flatMap(AdminKeyFile.hint, StartupBanner.print), alone).pipe(
  Effect.provide(Http),
  Effect.onInterrupt(() => Effect.ignore(deadline))
)

/** Errors are printed as a message; only bugs are logged with their stack. */
const reported = Effect.catchAll(Effect.zipRight(checked, shop), (error) =>
  Effect.zipRight(
    Console.error(`Souk cannot go on: ${"message" in error ? error.message : String(error)}`),
    Effect.sync(() => process.exit(1))
  )
)

/** A closed output, e.g. by `| head` or a lost terminal, must not end the process. */
for (const output of [process.stdout, process.stderr]) output.on("error", constVoid)

// The runtime removes its listeners after the first SIGINT or SIGTERM, so a second signal would end
// the process at once, with its database still running. All signals start the same shutdown, which
// `deadline` bounds.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, constVoid)
for (const name of ["SIGHUP", "SIGQUIT"] as const) {
  process.on(name, () => process.kill(process.pid, "SIGTERM"))
}

NodeRuntime.runMain(reported.pipe(Effect.withTracerEnabled(false), Effect.provide(Logger.pretty)), {
  disablePrettyLogger: true
})
