/** A shop that asks its provider: what waited settles, and what differs is told. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { GatewayUnavailable, PaymentGateway } from "../../src/payment/PaymentGateway.ts"
import { PaymentReadModel } from "../../src/payment/PaymentReadModel.ts"
import * as Reconciliation from "../../src/payment/Reconciliation.ts"
import { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import * as TestShop from "../support/TestShop.ts"

const behalf = { who: "test", causationId: "test" }

/** A list with the first `count` orders in it. */
const listed = (count: number) =>
  Layer.succeed(
    PaymentReadModel,
    PaymentReadModel.of({
      list: () => Effect.die("not used by this test"),
      places: ({ after, limit }) =>
        Effect.succeed(
          Array.from({ length: count }, (_, index) => index + 1)
            .filter((position) => position > after)
            .slice(0, limit)
            .map((position) => ({ position, orderId: orderId(position) }))
        ),
      totals: Effect.succeed([])
    })
  )

const place = (n: number, token = "pm_card_visa", waitMs = 10_000) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const command = placeOrder(n, { token })
    const metadata = TestShop.metadata(`place/${n}`)
    return yield* orders.handle(command.orderId, command, metadata, waitMs)
  })

const one = (n: number) =>
  Effect.gen(function* () {
    const reconciliation = yield* Reconciliation.make
    return Option.getOrThrow(yield* reconciliation.one(orderId(n), behalf))
  })

const amount = { amountMinor: 2_000, currency: "EUR" } as const

/** Something the provider did without being asked by us. */
const byItself = (n: number, kind: "capture" | "void" | "authorize") =>
  Effect.flatMap(SandboxLedger, (ledger) =>
    ledger.write({
      orderId: orderId(n),
      kind,
      status: "succeeded",
      amount,
      idempotencyKey: `${orderId(n)}/${kind}`,
      isFinal: true,
      code: undefined
    })
  )

const shop = (count = 0) => Layer.mergeAll(TestShop.layer, listed(count))

describe("reconciliation", () => {
  it.live("has nothing to say of what went well, or came to nothing", () =>
    Effect.gen(function* () {
      yield* stockUp("LAMP", 20)
      yield* place(1)
      yield* place(2, "pm_card_chargeDeclined")
      yield* place(3, "pm_souk_timeout_charged")
      assert.deepInclude(yield* one(1), { status: "captured", checked: 2, isOpen: false })
      assert.deepInclude(yield* one(2), { status: "declined", checked: 1, isOpen: false })
      for (const n of [1, 2, 3]) assert.deepStrictEqual((yield* one(n)).differences, [])
      const missing = yield* (yield* Reconciliation.make).one(orderId(9), behalf)
      assert.isTrue(Option.isNone(missing))
    }).pipe(Effect.provide(Layer.fresh(shop())))
  )

  it.live("settles what waited for a word that was never sent", () =>
    Effect.gen(function* () {
      yield* stockUp("LAMP", 20)
      yield* place(1, "pm_souk_silence")
      const before = yield* one(1)
      assert.deepInclude(before, { status: "requires_action", isOpen: true })
      // Nothing is wrong: both books wait for the customer.
      assert.deepStrictEqual(before.differences, [])
      yield* byItself(1, "authorize")
      assert.deepStrictEqual((yield* one(1)).differences, [])
      const orders = yield* ActorClient.make(OrderEntity)
      const { view } = yield* orders.read(orderId(1), 10_000)
      assert.strictEqual(view?.status, "confirmed")
    }).pipe(Effect.provide(Layer.fresh(shop())))
  )

  it.live("tells of what the provider did by itself, and writes nothing down", () =>
    Effect.gen(function* () {
      yield* stockUp("LAMP", 20)
      // The parcel is refused and the authorisation voided: then money is taken all the same.
      const orders = yield* ActorClient.make(OrderEntity)
      const command = placeOrder(1, { country: "AQ" })
      yield* orders.handle(orderId(1), command, TestShop.metadata("place/1"), 10_000)
      yield* byItself(1, "capture")
      const journal = yield* Journal
      const head = yield* journal.head
      const { differences, status } = yield* one(1)
      assert.strictEqual(status, "voided")
      assert.deepStrictEqual(differences, [
        {
          key: `${orderId(1)}/capture`,
          kind: "capture",
          amount,
          problem: "missing_here",
          ours: "absent",
          theirs: "succeeded",
          detail: differences[0]?.detail ?? ""
        }
      ])
      assert.strictEqual(yield* journal.head, head)
    }).pipe(Effect.provide(Layer.fresh(shop())))
  )

  it.live("goes page by page, and tells silence from agreement", () => {
    const silent = Layer.effect(
      PaymentGateway,
      Effect.map(PaymentGateway, (gateway) => ({
        ...gateway,
        lookup: (request) =>
          request.orderId === orderId(2)
            ? new GatewayUnavailable({ detail: "is down" })
            : gateway.lookup(request)
      }))
    ).pipe(Layer.provideMerge(shop(3)))
    return Effect.gen(function* () {
      yield* stockUp("LAMP", 20)
      yield* Effect.forEach([1, 2, 3], (n) => place(n))
      const { page } = yield* Reconciliation.make
      const first = yield* page({ after: 0, limit: 2 }, behalf)
      assert.deepStrictEqual(
        first.data.map(({ differences, orderId }) => [orderId, differences.length]),
        [
          [orderId(1), 0],
          [orderId(2), 2]
        ]
      )
      assert.deepStrictEqual(
        first.data[1]?.differences.map(({ problem }) => problem),
        ["unanswered", "unanswered"]
      )
      assert.strictEqual(first.next, 2)
      const second = yield* page({ after: 2, limit: 2 }, behalf)
      assert.deepStrictEqual([second.data.length, second.next], [1, 3])
      const end = yield* page({ after: 3, limit: 2 }, behalf)
      assert.deepStrictEqual([end.data, end.next], [[], null])
    }).pipe(Effect.provide(Layer.fresh(silent)))
  })
})
