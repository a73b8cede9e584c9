/** Reconciliation over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import * as Reconciliation from "@souk/actors/payment/Reconciliation"
import { PaymentNotFound } from "@souk/domain/payment/PaymentCommand"
import { Effect } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { Caller } from "../auth/Authentication.ts"
import { contract } from "../Contract.ts"
import { RequestId } from "../edge/Request.ts"
import { ReconciliationApi, rowsDefault } from "./ReconciliationApi.ts"

const behalf = Effect.gen(function* () {
  const { principal } = yield* Caller
  return { who: principal, causationId: yield* RequestId }
})

export const layer = HttpApiBuilder.group(
  contract.add(ReconciliationApi),
  "reconciliation",
  (handlers) =>
    Effect.map(Reconciliation.make, (reconciliation) =>
      handlers
        .handle("one", ({ path: { orderId } }) =>
          Effect.gen(function* () {
            const asked = reconciliation.one(orderId, yield* behalf)
            const found = yield* ActorRequest.orUnavailable(asked)
            return found._tag === "Some" ? found.value : yield* new PaymentNotFound()
          })
        )
        .handle("page", ({ urlParams: { after = 0, limit = rowsDefault, scope = "overdue" } }) =>
          Effect.gen(function* () {
            const openForMs = scope === "all" ? undefined : Reconciliation.overdueMs
            const asked = reconciliation.page({ after, limit, openForMs }, yield* behalf)
            return yield* ActorRequest.orUnavailable(asked)
          })
        )
    )
)
