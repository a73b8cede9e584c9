/** An order whose process died is finished by the next process. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import * as Rooms from "../../src/Rooms.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { Journal } from "../../src/journal/Journal.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import * as PaymentWebhookSender from "../../src/payment/PaymentWebhookSender.ts"
import * as SandboxGateway from "../../src/payment/SandboxGateway.ts"
import { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import * as SandboxLedgerMemory from "../support/SandboxLedgerMemory.ts"
import { Reminders } from "../../src/reminder/Reminder.ts"
import * as SandboxCarrier from "../../src/shipment/SandboxCarrier.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import { metadata } from "../support/TestShop.ts"

/** What outlives a process. */
const survivors = Layer.mergeAll(JournalMemory.layer, SandboxLedgerMemory.layer)

/** A process: actors, and the memory they live in. */
const process = Rooms.layerActors.pipe(
  Layer.provideMerge(Layer.mergeAll(Cluster.layerSingle, ActorClient.layer)),
  Layer.provide(Layer.mergeAll(SandboxGateway.layer, SandboxCarrier.layer)),
  Layer.provide(PaymentWebhookSender.layerLost)
)

const typesOf = (stream: string) =>
  Effect.flatMap(Journal, (journal) =>
    Effect.map(journal.readStream(stream, 0, 100), (events) => events.map(({ type }) => type))
  )

const place = (token: string, waitMs: number) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const command = placeOrder(1, { token })
    return yield* orders.handle(command.orderId, command, metadata("place/1"), waitMs)
  })

describe("the sweeper", () => {
  it.live(
    "finishes an order whose process died while the provider was being asked",
    () =>
      Effect.gen(function* () {
        const first = yield* Scope.make()
        const before = yield* Layer.buildWithScope(Layer.fresh(process), first)
        yield* stockUp("LAMP", 5).pipe(Effect.provide(before))
        yield* place("pm_souk_slow", 0).pipe(Effect.provide(before))
        yield* Effect.repeat(typesOf(`payment-${orderId(1)}`), {
          until: (seen) => seen.length > 0
        })
        yield* Scope.close(first, Exit.void)
        assert.notInclude(yield* typesOf(`order-${orderId(1)}`), "OrderConfirmed")

        yield* Layer.build(Layer.fresh(process))
        yield* Effect.repeat(typesOf(`order-${orderId(1)}`), {
          until: (seen) => seen.includes("OrderConfirmed")
        })
        const { data } = yield* (yield* SandboxLedger).list(0, 10)
        const done = data.filter(({ status }) => status === "succeeded").map(({ kind }) => kind)
        assert.deepStrictEqual(done, ["authorize", "capture"])
        assert.strictEqual(yield* (yield* Reminders).overdueMs, 0)
      }).pipe(Effect.scoped, Effect.provide(survivors)),
    30_000
  )
})
