/** Without a webhook the payment finds out by itself, and soon, that the customer returned. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import * as TestShop from "../support/TestShop.ts"

describe("a webhook that got lost", () => {
  it.live(
    "is made up for by the sweeper, within the minute it leaves between two reminders",
    () =>
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const orders = yield* ActorClient.make(OrderEntity)
        // The customer returns after two seconds, and the sandbox sends no webhook.
        const command = placeOrder(1, { token: "pm_souk_silence" })
        yield* orders.handle(command.orderId, command, TestShop.metadata("place/1"))
        yield* Effect.repeat(orders.read(orderId(1)), {
          until: ({ view }) => view?.status !== "pending",
          schedule: Schedule.spaced("50 millis")
        })
        const { view } = yield* orders.read(orderId(1))
        assert.strictEqual(view?.status, "confirmed")
        const { data } = yield* (yield* SandboxLedger).list(0, 10)
        const done = data.filter(({ status }) => status === "succeeded").map(({ kind }) => kind)
        assert.deepStrictEqual(done, ["authorize", "capture"])
        const events = yield* (yield* Journal).readStream(`payment-${orderId(1)}`, 0, 100)
        assert.include(
          events.map(({ type }) => type),
          "PaymentActionRequired"
        )
      }).pipe(Effect.provide(Layer.fresh(TestShop.layer))),
    60_000
  )
})
