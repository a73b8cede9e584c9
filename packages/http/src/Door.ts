/** The whole HTTP surface, apart from any server: rooms, credentials, and the edge around them. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, HttpMiddleware, type HttpRouter } from "@effect/platform"
import type { Identity } from "@souk/actors/auth/IdentityPg"
import type { ProductReadModel } from "@souk/actors/catalog/ProductReadModel"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import type { Readiness } from "@souk/actors/cluster/Readiness"
import type { Journal, JournalUnavailable } from "@souk/actors/journal/Journal"
import * as JournalWatch from "@souk/actors/journal/JournalWatch"
import type { DatabaseReports } from "@souk/actors/database/DatabaseReport"
import type { OrderReadModel } from "@souk/actors/order/OrderReadModel"
import type { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { PaymentReadModel } from "@souk/actors/payment/PaymentReadModel"
import type { ReadModels } from "@souk/actors/projection/ReadModels"
import type { Reminders } from "@souk/actors/reminder/Reminder"
import type { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import type { StripeWebhook } from "@souk/actors/payment/StripeWebhook"
import type { WebhookInbox } from "@souk/actors/payment/WebhookInbox"
import { Layer } from "effect"
import { Api } from "./Api.ts"
import * as AccessTokens from "./auth/AccessTokens.ts"
import type { AdminKey } from "./auth/AdminKey.ts"
import * as AuthenticationHttp from "./auth/AuthenticationHttp.ts"
import * as ApiKeyHttp from "./auth/ApiKeyHttp.ts"
import * as AuthHttp from "./auth/AuthHttp.ts"
import * as SecurityEventHttp from "./auth/SecurityEventHttp.ts"
import * as UserHttp from "./auth/UserHttp.ts"
import * as Passwords from "./auth/Passwords.ts"
import * as ShownKeys from "./auth/ShownKeys.ts"
import type { SigningKey } from "./auth/SigningKey.ts"
import * as ProductHttp from "./catalog/ProductHttp.ts"
import * as DocsHttp from "./docs/DocsHttp.ts"
import type { Drain } from "./Drain.ts"
import * as Edge from "./edge/Edge.ts"
import * as HealthHttp from "./health/HealthHttp.ts"
import * as StockHttp from "./inventory/StockHttp.ts"
import * as StockVerificationHttp from "./inventory/StockVerificationHttp.ts"
import * as JournalHttp from "./journal/JournalHttp.ts"
import * as DatabaseHttp from "./operations/DatabaseHttp.ts"
import * as OperationsHttp from "./operations/OperationsHttp.ts"
import * as OrderHttp from "./order/OrderHttp.ts"
import * as OrderStreamHttp from "./order/OrderStreamHttp.ts"
import * as StreamAccessHttp from "./order/StreamAccessHttp.ts"
import * as StreamTickets from "./order/StreamTickets.ts"
import * as PaymentHttp from "./payment/PaymentHttp.ts"
import * as ReconciliationHttp from "./payment/ReconciliationHttp.ts"
import * as WebhookHttp from "./payment/WebhookHttp.ts"
import * as MeteredAuthentication from "./quota/MeteredAuthentication.ts"
import * as Quotas from "./quota/Quotas.ts"
import * as LedgerHttp from "./sandbox/LedgerHttp.ts"

/** What handlers ask: actors, and the services that read the journal. */
export type Shop =
  | Sharding.Sharding
  | LocalActors
  | Journal
  | OrderReadModel
  | PaymentGateway
  | ProductReadModel
  | PaymentReadModel
  | ReadModels
  | DatabaseReports
  | Reminders
  | SandboxLedger
  | Readiness
  | StripeWebhook
  | WebhookInbox
  | Identity

/** By what the shop proves that it is itself, and its owner that he is. */
export type Secrets = AdminKey | SigningKey

const rooms = Layer.mergeAll(
  HealthHttp.layer,
  AuthHttp.layer,
  UserHttp.layer,
  ApiKeyHttp.layer,
  SecurityEventHttp.layer,
  OperationsHttp.layer,
  DatabaseHttp.layer,
  ProductHttp.layer,
  StockHttp.layer,
  StockVerificationHttp.layer,
  OrderHttp.layer,
  OrderStreamHttp.layer,
  PaymentHttp.layer,
  ReconciliationHttp.layer,
  WebhookHttp.layer,
  JournalHttp.layer,
  LedgerHttp.layer
).pipe(
  Layer.provide([StreamAccessHttp.layer, JournalWatch.layer]),
  Layer.provide(StreamTickets.layer),
  Layer.provide(MeteredAuthentication.layer),
  Layer.provide(AuthenticationHttp.layer),
  Layer.provide(Layer.mergeAll(AccessTokens.layer, Passwords.layer, ShownKeys.layer)),
  Layer.provide(Quotas.layer)
)

const contract = HttpApiBuilder.api(Api).pipe(Layer.provide(rooms))

export const layer: Layer.Layer<
  Edge.Edge,
  JournalUnavailable,
  Shop | Secrets | Drain | HttpRouter.HttpRouter.DefaultServices
> = Edge.layer.pipe(
  Layer.provide(DocsHttp.layer),
  Layer.provide(contract),
  // Where rooms leave their handlers; there is one for all who name it.
  Layer.provide([HttpApiBuilder.Router.Live, Quotas.layer]),
  // A span a request, with every header as an attribute, costs more than most requests.
  HttpMiddleware.withTracerDisabledWhen(() => true)
)
