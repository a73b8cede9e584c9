/**
 * A law of the sandbox: whatever its cards do, and whenever orders are given up, its book and ours
 * say the same once all is quiet.
 */
import { assert, describe, it } from "@effect/vitest"
import { RefundId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Option, Random } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { PaymentEntity } from "../../src/payment/PaymentEntity.ts"
import { PaymentReadModel } from "../../src/payment/PaymentReadModel.ts"
import * as Reconciliation from "../../src/payment/Reconciliation.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import * as TestShop from "../support/TestShop.ts"

const cards = [
  "pm_card_visa",
  "pm_card_refundFail",
  "pm_card_chargeDeclined",
  "pm_card_authenticationRequired",
  "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
  "pm_souk_slow",
  "pm_souk_timeout_charged",
  "pm_souk_timeout_not_charged",
  "pm_souk_silence",
  "pm_souk_duplicate_webhook",
  "pm_souk_flaky"
]

/** Orders for each card, given up at moments from the first to after the customer came back. */
const momentsMs = [0, 100, 400, 600, 1_500, 1_900, 2_000, 2_100, 2_600]

/** By then every customer has come back. */
const quietMs = 4_000

const noList = Layer.succeed(
  PaymentReadModel,
  PaymentReadModel.of({
    list: () => Effect.die("not used by this test"),
    places: () => Effect.die("not used by this test"),
    totals: Effect.succeed([])
  })
)

const behalf = { who: "test", causationId: "test" }

const live = (n: number, token: string, cancelAfterMs: number) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const id = orderId(n)
    const command = placeOrder(n, { token, sku: `SKU-${n}` })
    yield* stockUp(`SKU-${n}`, 10)
    yield* Effect.fork(
      Effect.ignore(orders.handle(id, command, TestShop.metadata(`place/${n}`), 10_000))
    )
    yield* Effect.sleep(cancelAfterMs)
    if (yield* Random.nextBoolean) {
      const refund = {
        _tag: "RefundPayment",
        orderId: id,
        refundId: RefundId.make(`re_00000000000000000000${n}`),
        amount: { amountMinor: 500, currency: "EUR" },
        reason: "test"
      } as const
      yield* Effect.ignore(payments.handle(id, refund, TestShop.metadata(`refund/${n}`)))
    }
    const cancel = {
      _tag: "CancelOrder",
      cancellation: { reason: "requested_by_customer" }
    } as const
    yield* Effect.ignore(orders.handle(id, cancel, TestShop.metadata(`cancel/${n}`), 10_000))
  })

describe("the sandbox", () => {
  it.live(
    "has no differences once all is quiet",
    () =>
      Effect.gen(function* () {
        const all = cards.flatMap((token) => momentsMs.map((ms) => [token, ms] as const))
        const startMs = Date.now()
        yield* Effect.forEach(all, ([token, ms], index) => live(index + 1, token, ms), {
          concurrency: "unbounded"
        })
        yield* Effect.sleep(Math.max(0, startMs + quietMs - Date.now()))
        const { one } = yield* Reconciliation.make
        // A reminder asks by itself, so what the first look finds may be settled at the second.
        for (let look = 0; look < 2; look++) {
          const found: Array<unknown> = []
          for (const [index, [token, ms]] of all.entries()) {
            const told = yield* one(orderId(index + 1), behalf)
            const differences = Option.getOrUndefined(told)?.differences ?? []
            for (const { detail, kind, ours, theirs } of differences) {
              found.push({ token, ms, kind, ours, theirs, detail })
            }
          }
          assert.deepStrictEqual(found, [])
        }
      }).pipe(Effect.provide(Layer.fresh(Layer.mergeAll(TestShop.layer, noList)))),
    30_000
  )
})
