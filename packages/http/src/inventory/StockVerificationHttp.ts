/** Stock verification over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import * as StockVerification from "@souk/actors/inventory/StockVerification"
import type { Journal } from "@souk/actors/journal/Journal"
import type { ReadModels } from "@souk/actors/projection/ReadModels"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { Effect, type Layer, Option } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../command/Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import * as Keys from "../command/Keys.ts"
import { type RepairedStock, rowsDefault } from "./StockVerificationApi.ts"

type Needs = Authentication | Journal | ReadModels | Sharding.Sharding | LocalActors

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "stockVerification">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "stockVerification", (handlers) =>
  Effect.map(StockVerification.make, (verification) =>
    handlers
      .handle("one", ({ path: { sku } }) =>
        Effect.gen(function* () {
          const found = yield* Asking.orUnavailable(verification.one(sku))
          return Option.isSome(found) ? found.value : yield* new ProductNotFound({ sku })
        })
      )
      .handle("page", ({ urlParams: { after, limit = rowsDefault } }) =>
        Asking.orUnavailable(verification.page(after, limit))
      )
      .handle("repair", ({ headers, path: { sku } }) =>
        Effect.gen(function* () {
          const url = `/v1/inventory/${sku}/repair`
          const repairId = yield* Keys.commandId(url, headers["idempotency-key"])
          const { commandId: _, correlationId: __, ...behalf } = yield* Asking.metadata(repairId)
          const done = verification.repair(sku, { ...behalf, repairId })
          const found = yield* Asking.orUnavailable(done)
          if (Option.isNone(found)) return yield* new ProductNotFound({ sku })
          const { isRepeat, ...repaired } = found.value
          const body: RepairedStock = repaired
          const repeated = isRepeat ? { "idempotent-replayed": "true" } : {}
          return HttpServerResponse.unsafeJson(body, { headers: repeated })
        })
      )
  )
)
