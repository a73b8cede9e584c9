/** `Resume` executes pending intents again, in each room. */
import { assert, describe, it } from "@effect/vitest"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import { Sku } from "@souk/domain/kernel/Ids"
import type { Intent } from "@souk/domain/kernel/Decider"
import { Context, Effect, Layer, Option } from "effect"
import { ProductEntity } from "../../src/catalog/ProductEntity.ts"
import * as Actor from "../../src/cluster/Actor.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { PaymentEntity } from "../../src/payment/PaymentEntity.ts"
import { ShipmentEntity } from "../../src/shipment/ShipmentEntity.ts"
import type { ActorDefinition } from "../../src/runtime/ActorDefinition.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import { orderId } from "../support/Requests.ts"
import { layer, metadata } from "../support/TestShop.ts"

const sku = Sku.make("LAMP")

describe("resuming an actor", () => {
  it.live("is a message of every entity, and is found by the name of its room", () =>
    Effect.gen(function* () {
      const actors = yield* ActorClient.LocalActors
      const entities = [OrderEntity, StockEntity, PaymentEntity, ShipmentEntity, ProductEntity]
      for (const { protocol, type } of entities) {
        assert.includeMembers([...protocol.requests.keys()], ["Read", "Resume"])
        const resume = actors.resume(type)
        assert.isDefined(resume)
        const reply = yield* (
          resume?.(type === "order" ? orderId(1) : sku, metadata(`resume/${type}`)) ??
            Effect.die(type)
        )
        assert.deepInclude(reply, { version: 0, isSettled: true, isRepeat: false })
      }
      assert.isUndefined(actors.resume("casino"))
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive(
    "executes pending intents again, and decides nothing where no command is for it",
    () =>
      Effect.gen(function* () {
        let performed = 0
        const owed: Intent = { _tag: "Count", step: "count" }
        type Owing = Omit<StockAggregate, "Intent"> & { readonly Intent: Intent }
        const definition: ActorDefinition<Owing> = {
          aggregate: { ...StockAggregate, saga: { resume: () => [owed], react: () => [] } },
          reminders: () => ({}),
          canPassivate: () => false,
          idleMs: 60_000,
          execute: () =>
            Effect.as(
              Effect.sync(() => void performed++),
              Option.none()
            )
        }
        const context = yield* Layer.build(
          Actor.layer(StockEntity, Effect.succeed(definition)).pipe(
            Layer.provideMerge(
              Layer.mergeAll(Cluster.layerSingle, ActorClient.layer, JournalMemory.layer)
            )
          )
        )
        const stock = yield* ActorClient.make(StockEntity).pipe(Effect.provide(context))
        const receive = { _tag: "ReceiveStock", sku, quantity: 1 } as const
        yield* stock.handle(sku, receive, metadata("receive"))
        const before = performed
        const { version } = yield* stock.resume(sku, metadata("resume"))
        assert.deepStrictEqual([version, performed], [1, before + 1])
        assert.lengthOf(yield* Context.get(context, Journal).readAll(0, 10), 1)
      })
  )
})
