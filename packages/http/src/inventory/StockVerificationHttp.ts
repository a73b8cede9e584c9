/** Stock verification over HTTP. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import * as StockVerification from "@souk/actors/inventory/StockVerification"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { Effect, Option } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { contract } from "../Contract.ts"
import { type RepairedStock, rowsDefault, StockVerificationApi } from "./StockVerificationApi.ts"

export const layer = HttpApiBuilder.group(
  contract.add(StockVerificationApi),
  "stockVerification",
  (handlers) =>
    Effect.map(StockVerification.make, (verification) =>
      handlers
        .handle("one", ({ path: { sku } }) =>
          Effect.gen(function* () {
            const found = yield* ActorRequest.orUnavailable(verification.one(sku))
            return Option.isSome(found) ? found.value : yield* new ProductNotFound({ sku })
          })
        )
        .handle("page", ({ urlParams: { after, limit = rowsDefault } }) =>
          ActorRequest.orUnavailable(verification.page(after, limit))
        )
        .handle("repair", ({ headers, path: { sku } }) =>
          Effect.gen(function* () {
            const url = `/v1/inventory/${sku}/repair`
            const repairId = yield* ActorRequest.commandId(url, headers["idempotency-key"])
            const {
              commandId: _,
              correlationId: __,
              ...behalf
            } = yield* ActorRequest.metadata(repairId)
            const done = verification.repair(sku, { ...behalf, repairId })
            const found = yield* ActorRequest.orUnavailable(done)
            if (Option.isNone(found)) return yield* new ProductNotFound({ sku })
            const { isRepeat, ...repaired } = found.value
            const body: RepairedStock = repaired
            const repeated = isRepeat ? { "idempotent-replayed": "true" } : {}
            return HttpServerResponse.unsafeJson(body, { headers: repeated })
          })
        )
    )
)
