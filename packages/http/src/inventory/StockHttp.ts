/** The inventory over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { Journal } from "@souk/actors/journal/Journal"
import { ProductNotFound } from "@souk/domain/catalog/ProductCommand"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import {
  AdjustmentBelowReserved,
  type AdjustStock,
  type ReceiveStock,
  StockTooLarge
} from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import type { Sku } from "@souk/domain/kernel/Ids"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import { rowsDefault } from "../Contract.ts"
import * as EntityTag from "../EntityTag.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { sameAsBefore } from "../idempotency/Replay.ts"
import { PreconditionFailed } from "../Problem.ts"
import type { Stock } from "./StockApi.ts"
import * as StockHistory from "./StockHistory.ts"

type Needs = Authentication | Journal | Sharding.Sharding | LocalActors

const toStock = ({ version, view }: Reply<StockView>): Effect.Effect<Stock> =>
  view === undefined
    ? Effect.dieMessage("every SKU has a stock, if only of nothing")
    : Effect.succeed({ ...view, version })

interface ChangeHeaders {
  readonly "idempotency-key"?: string | undefined
  readonly "if-match"?: string | undefined
}

const expectedBy = (headers: Pick<ChangeHeaders, "if-match">) =>
  EntityTag.versionsOf(headers["if-match"])

const created = (stock: Stock, headers: Readonly<Record<string, string>> = {}) =>
  EntityTag.tagged(stock, stock.version, {
    status: 201,
    headers: { location: `/v1/inventory/${stock.sku}`, ...headers }
  })

const make = Effect.gen(function* () {
  const products = yield* ActorClient.make(ProductEntity)
  const stock = yield* ActorClient.make(StockEntity)
  const journal = yield* Journal
  const listed = (sku: Sku) =>
    Effect.flatMap(Asking.orUnavailable(products.read(sku)), ({ view }) =>
      view === undefined ? new ProductNotFound({ sku }) : Effect.void
    )
  /** A change of the books; a repeat under the same key is answered as it was the first time. */
  const change = (
    url: string,
    headers: ChangeHeaders,
    command: ReceiveStock | AdjustStock,
    asked: Readonly<Record<string, unknown>>
  ) =>
    Effect.gen(function* () {
      const { sku } = command
      yield* listed(sku)
      const commandId = yield* Keyed.commandId(url, headers["idempotency-key"])
      const reply = yield* stock
        .handle(sku, command, yield* Asking.metadata(commandId), 0, expectedBy(headers))
        .pipe(
          Asking.orChanged,
          Asking.refusedOnlyBy(StockTooLarge, AdjustmentBelowReserved, PreconditionFailed),
          Asking.orUnavailable
        )
      const now = yield* toStock(reply)
      if (!reply.isRepeat) return created(now)
      yield* sameAsBefore(StockAggregate.streamId(sku), commandId, asked)
      const then = yield* Asking.orUnavailable(StockHistory.after(journal, sku, commandId))
      return created(then ?? now, { "idempotent-replayed": "true" })
    }).pipe(Effect.provideService(Journal, journal))
  return { products, stock, journal, listed, change }
})

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "inventory">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "inventory", (handlers) =>
  Effect.map(make, ({ change, journal, listed, stock }) =>
    handlers
      .handle("receive", ({ headers, path: { sku }, payload }) => {
        const { quantity, reason, reference } = payload
        return change(
          `/v1/inventory/${sku}/receipts`,
          headers,
          { _tag: "ReceiveStock", sku, ...payload },
          { quantity, reason, reference }
        ).pipe(Effect.catchTag("AdjustmentBelowReserved", Effect.die))
      })
      .handle("adjust", ({ headers, path: { sku }, payload }) =>
        change(
          `/v1/inventory/${sku}/adjustments`,
          headers,
          { _tag: "AdjustStock", sku, ...payload },
          payload
        )
      )
      .handle("setReorderPoint", ({ headers, path: { sku }, payload }) =>
        Effect.gen(function* () {
          yield* listed(sku)
          const url = `/v1/inventory/${sku}/reorder-point`
          const metadata = yield* Asking.metadata(yield* Keyed.commandId(url, undefined))
          const reply = yield* stock
            .handle(
              sku,
              { _tag: "SetReorderPoint", sku, ...payload },
              metadata,
              0,
              expectedBy(headers)
            )
            .pipe(Asking.orChanged, Asking.refusedOnlyBy(PreconditionFailed), Asking.orUnavailable)
          const now = yield* toStock(reply)
          return EntityTag.tagged(now, now.version)
        })
      )
      .handle("get", ({ path: { sku } }) =>
        Effect.gen(function* () {
          yield* listed(sku)
          const now = yield* toStock(yield* Asking.orUnavailable(stock.read(sku)))
          return EntityTag.tagged(now, now.version)
        })
      )
      .handle("history", ({ path: { sku }, urlParams: { after = 0, limit = rowsDefault } }) =>
        Effect.gen(function* () {
          yield* listed(sku)
          const stream = StockAggregate.streamId(sku)
          const events = yield* Asking.orUnavailable(journal.readStream(stream, after, limit))
          const data = events.map(StockHistory.row)
          return { data, next: data.at(-1)?.version ?? null }
        })
      )
  )
)
