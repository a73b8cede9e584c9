/** The whole contract: every room, and what any path may answer. */
import { HttpApi, OpenApi } from "@effect/platform"
import type { Context } from "effect"
import { ApiKeyApi } from "./auth/ApiKeyApi.ts"
import { AuthApi } from "./auth/AuthApi.ts"
import { SecurityEventApi } from "./auth/SecurityEventApi.ts"
import { UserApi } from "./auth/UserApi.ts"
import { ProductApi } from "./catalog/ProductApi.ts"
import * as OpenApiTransform from "./docs/OpenApiTransform.ts"
import { HealthApi } from "./health/HealthApi.ts"
import { StockApi } from "./inventory/StockApi.ts"
import { StockVerificationApi } from "./inventory/StockVerificationApi.ts"
import { JournalApi } from "./journal/JournalApi.ts"
import { DatabaseApi } from "./operations/DatabaseApi.ts"
import { OperationsApi } from "./operations/OperationsApi.ts"
import { OrderApi } from "./order/OrderApi.ts"
import { OrderStreamApi } from "./order/OrderStreamApi.ts"
import { PaymentApi } from "./payment/PaymentApi.ts"
import { ReconciliationApi } from "./payment/ReconciliationApi.ts"
import { WebhookApi } from "./payment/WebhookApi.ts"
import { InternalError, InvalidRequest, quotaExceeded, refusal, unavailable } from "./Problem.ts"
import { LedgerApi } from "./sandbox/LedgerApi.ts"

const contract = HttpApi.make("souk")
  .add(HealthApi)
  .add(AuthApi)
  .add(ProductApi)
  .add(StockApi)
  .add(StockVerificationApi)
  .add(OrderApi)
  .add(OrderStreamApi)
  .add(PaymentApi)
  .add(ReconciliationApi)
  .add(WebhookApi)
  .add(JournalApi)
  .add(LedgerApi)
  .add(UserApi)
  .add(ApiKeyApi)
  .add(SecurityEventApi)
  .add(OperationsApi)
  .add(DatabaseApi)
  .addError(refusal(InvalidRequest, { status: 400, title: "Invalid request" }))
  .addError(unavailable)
  .addError(quotaExceeded)
  .addError(refusal(InternalError, { status: 500, title: "Internal error" }))

const endpoints = new Map<string, Context.Context<never>>()

HttpApi.reflect(contract, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint, group, mergedAnnotations }) => {
    endpoints.set(`${group.identifier}.${endpoint.name}`, mergedAnnotations)
  }
})

export const Api = contract
  .annotate(OpenApi.Title, "Souk")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "A commerce back-end in which every order is a live actor. `webhooks` is empty: this shop " +
      "sends nothing by itself. What happens to an order is told to whoever follows it, at " +
      "`/v1/orders/{id}/stream`; what happens to all, in `/v1/journal`. What it receives is " +
      "`POST /v1/webhooks/stripe`."
  )
  .annotate(OpenApi.Transform, ({ components, paths, ...spec }) => ({
    ...spec,
    ...OpenApiTransform.document({ components, paths }, endpoints)
  }))
