/**
 * The process of a whole shop with its HTTP, for `SoukHttp.ts`: composed like `main.ts` of the
 * product, apart from the provider and the carrier. It talks to its parent about what those did.
 */
import { HttpServer } from "@effect/platform"
import * as IdentityPg from "@souk/actors/auth/IdentityPg"
import type { RunnerConfig } from "@souk/actors/cluster/RunnerConfig"
import * as DatabaseReportPg from "@souk/actors/database/DatabaseReportPg"
import * as ReadinessPg from "@souk/actors/database/ReadinessPg"
import * as SandboxLedgerPg from "@souk/actors/payment/SandboxLedgerPg"
import * as SandboxWebhookSender from "@souk/actors/payment/SandboxWebhookSender"
import * as WebhookInboxPg from "@souk/actors/payment/WebhookInboxPg"
import * as WebhookWorker from "@souk/actors/payment/WebhookWorker"
import * as Rooms from "@souk/actors/Rooms"
import * as RateLimitStorePg from "@souk/actors/quota/RateLimitStorePg"
import { AdminKey } from "@souk/http/auth/AdminKey"
import * as SigningKey from "@souk/http/auth/SigningKey"
import * as Server from "@souk/http/Server"
import { Effect, Layer, ManagedRuntime, Option, Redacted } from "effect"
import { layerShop } from "./SoukShop.ts"
import { makeProviders, type Providers } from "./Work.ts"

export interface Start {
  readonly databaseUrl: string
  readonly adminKey: string
  /** Where the other runners reach this one; alone without it. */
  readonly runner: RunnerConfig | null
}

export type Word =
  | { readonly _tag: "Listening"; readonly port: number }
  | { readonly _tag: "Failed"; readonly reason: string }
  | { readonly _tag: "Ledger"; readonly captures: Captures; readonly shipments: Shipments }

type Captures = ReadonlyArray<readonly [string, ReadonlyArray<number>]>
type Shipments = ReadonlyArray<readonly [string, number]>

const layer = ({ adminKey, databaseUrl, runner }: Start, providers: Providers) => {
  const sandbox = SandboxWebhookSender.layerWebhook.pipe(
    Layer.provide(SandboxWebhookSender.layerTarget)
  )
  const desk = Layer.mergeAll(
    SandboxLedgerPg.layer,
    WebhookInboxPg.layer,
    IdentityPg.layer,
    Rooms.layerLists,
    RateLimitStorePg.layer,
    ReadinessPg.layer,
    DatabaseReportPg.layer,
    sandbox
  )
  return Server.layer.pipe(
    Layer.provide(WebhookWorker.layer),
    Layer.provide(desk),
    Layer.provide(layerShop(databaseUrl, providers, Option.fromNullable(runner))),
    Layer.provide([
      Layer.succeed(AdminKey, Redacted.make(adminKey)),
      Layer.succeed(Server.ServerAddress, { host: "127.0.0.1", port: 0 }),
      SigningKey.layerGenerated
    ])
  )
}

const portOf = Effect.map(HttpServer.HttpServer, ({ address }) => {
  if (address._tag !== "TcpAddress") throw new Error("not listening on TCP")
  return address.port
})

const say = (word: Word): void => {
  process.send?.(word)
}

process.once("message", async (start: Start) => {
  const providers = makeProviders()
  const shop = ManagedRuntime.make(layer(start, providers))
  process.on("message", () => {
    const { captures, shipments } = providers.ledger
    say({ _tag: "Ledger", captures: [...captures], shipments: [...shipments] })
  })
  // The parent has what it wants, or is gone.
  process.once("disconnect", () => shop.dispose().finally(() => process.exit()))
  try {
    say({ _tag: "Listening", port: await shop.runPromise(portOf) })
  } catch (error) {
    say({ _tag: "Failed", reason: String(error instanceof Error ? error.stack : error) })
  }
})
