/** Reconciliation over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import type { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { PaymentReadModel } from "@souk/actors/payment/PaymentReadModel"
import * as Reconciliation from "@souk/actors/payment/Reconciliation"
import { PaymentNotFound } from "@souk/domain/payment/PaymentCommand"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../command/Asking.ts"
import { type Authentication, Caller } from "../auth/Authentication.ts"
import { RequestId } from "../edge/RequestId.ts"
import { rowsDefault } from "./ReconciliationApi.ts"

type Needs = Authentication | PaymentGateway | PaymentReadModel | Sharding.Sharding | LocalActors

const behalf = Effect.gen(function* () {
  const { who } = yield* Caller
  return { who, causationId: yield* RequestId }
})

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "reconciliation">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "reconciliation", (handlers) =>
  Effect.map(Reconciliation.make, (reconciliation) =>
    handlers
      .handle("one", ({ path: { orderId } }) =>
        Effect.gen(function* () {
          const asked = reconciliation.one(orderId, yield* behalf)
          const found = yield* Asking.orUnavailable(asked)
          return found._tag === "Some" ? found.value : yield* new PaymentNotFound()
        })
      )
      .handle("page", ({ urlParams: { after = 0, limit = rowsDefault, scope = "overdue" } }) =>
        Effect.gen(function* () {
          const openForMs = scope === "all" ? undefined : Reconciliation.overdueMs
          const asked = reconciliation.page({ after, limit, openForMs }, yield* behalf)
          return yield* Asking.orUnavailable(asked)
        })
      )
  )
)
