/**
 * All rooms of the HTTP API: contracts and handlers. Handlers are imported lazily, so that clients
 * do not load them. A new room is one line here.
 */
import type { HttpApiGroup } from "@effect/platform"
import type { Layer } from "effect"
import { ApiKeyApi } from "./auth/ApiKeyApi.ts"
import { AuthApi } from "./auth/AuthApi.ts"
import { SecurityEventApi } from "./auth/SecurityEventApi.ts"
import { UserApi } from "./auth/UserApi.ts"
import { ProductApi } from "./catalog/ProductApi.ts"
import { HealthApi } from "./health/HealthApi.ts"
import { StockApi } from "./inventory/StockApi.ts"
import { StockVerificationApi } from "./inventory/StockVerificationApi.ts"
import { JournalApi } from "./journal/JournalApi.ts"
import { DatabaseApi } from "./operations/DatabaseApi.ts"
import { DeadLetterApi } from "./operations/DeadLetterApi.ts"
import { OperationsApi } from "./operations/OperationsApi.ts"
import { OrderApi } from "./order/OrderApi.ts"
import { OrderStreamApi } from "./order/OrderStreamApi.ts"
import { PaymentApi } from "./payment/PaymentApi.ts"
import { ReconciliationApi } from "./payment/ReconciliationApi.ts"
import { WebhookApi } from "./payment/WebhookApi.ts"
import { LedgerApi } from "./sandbox/LedgerApi.ts"
import { WishlistApi } from "./wishlist/WishlistApi.ts"

type Handlers<Groups, E, R> = () => Promise<{ readonly layer: Layer.Layer<Groups, E, R> }>

/** Pairs a contract with its handlers; handlers of another contract do not compile. */
const room = <Api extends HttpApiGroup.HttpApiGroup.Any, E, R>(
  api: Api,
  handlers: Handlers<HttpApiGroup.HttpApiGroup.ToService<"souk", Api>, E, R>
): { readonly api: Api; readonly handlers: Handlers<never, E, R> } => ({ api, handlers })

export const rooms = [
  room(HealthApi, () => import("./health/HealthHttp.ts")),
  room(AuthApi, () => import("./auth/AuthHttp.ts")),
  room(ProductApi, () => import("./catalog/ProductHttp.ts")),
  room(StockApi, () => import("./inventory/StockHttp.ts")),
  room(StockVerificationApi, () => import("./inventory/StockVerificationHttp.ts")),
  room(WishlistApi, () => import("./wishlist/WishlistHttp.ts")),
  room(OrderApi, () => import("./order/OrderHttp.ts")),
  room(OrderStreamApi, () => import("./order/OrderStreamHttp.ts")),
  room(PaymentApi, () => import("./payment/PaymentHttp.ts")),
  room(ReconciliationApi, () => import("./payment/ReconciliationHttp.ts")),
  room(WebhookApi, () => import("./payment/WebhookHttp.ts")),
  room(JournalApi, () => import("./journal/JournalHttp.ts")),
  room(LedgerApi, () => import("./sandbox/LedgerHttp.ts")),
  room(UserApi, () => import("./auth/UserHttp.ts")),
  room(ApiKeyApi, () => import("./auth/ApiKeyHttp.ts")),
  room(SecurityEventApi, () => import("./auth/SecurityEventHttp.ts")),
  room(OperationsApi, () => import("./operations/OperationsHttp.ts")),
  room(DatabaseApi, () => import("./operations/DatabaseHttp.ts")),
  room(DeadLetterApi, () => import("./operations/DeadLetterHttp.ts"))
] as const
