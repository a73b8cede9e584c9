/** The contract of the stub shop, with the errors of every path. */
import { HttpApi } from "@effect/platform"
import { ApiKeyApi } from "@souk/http/auth/ApiKeyApi"
import { UserApi } from "@souk/http/auth/UserApi"
import { ProductApi } from "@souk/http/catalog/ProductApi"
import { StockApi } from "@souk/http/inventory/StockApi"
import { StockVerificationApi } from "@souk/http/inventory/StockVerificationApi"
import { JournalApi } from "@souk/http/journal/JournalApi"
import { HealthApi } from "@souk/http/health/HealthApi"
import { DatabaseApi } from "@souk/http/operations/DatabaseApi"
import { DeadLetterApi } from "@souk/http/operations/DeadLetterApi"
import { OperationsApi } from "@souk/http/operations/OperationsApi"
import { OrderApi } from "@souk/http/order/OrderApi"
import { PaymentApi } from "@souk/http/payment/PaymentApi"
import { ReconciliationApi } from "@souk/http/payment/ReconciliationApi"
import { InternalError, InvalidRequest, problem, Unavailable } from "@souk/http/Problem"

export const Api = HttpApi.make("souk")
  .add(ProductApi)
  .add(StockApi)
  .add(ApiKeyApi)
  .add(UserApi)
  .add(JournalApi)
  .add(OperationsApi)
  .add(DatabaseApi)
  .add(DeadLetterApi)
  .add(StockVerificationApi)
  .add(HealthApi)
  .add(OrderApi)
  .add(PaymentApi)
  .add(ReconciliationApi)
  .addError(problem(InvalidRequest, { status: 400, title: "Invalid request" }))
  .addError(problem(Unavailable, { status: 503, title: "Not available now" }))
  .addError(problem(InternalError, { status: 500, title: "Internal error" }))
