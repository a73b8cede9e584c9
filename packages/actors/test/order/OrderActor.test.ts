/** What an order promises its callers, with every actor live and nothing on disk. */
import { assert, describe, it } from "@effect/vitest"
import { Sku } from "@souk/domain/kernel/Ids"
import { Effect, Either, type Layer, Ref } from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { LocalActors } from "../../src/cluster/ActorClient.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { PaymentEntity } from "../../src/payment/PaymentEntity.ts"
import { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import { orderId, placeOrder, stockUp, type Wish } from "../support/Requests.ts"
import { layer, metadata } from "../support/TestShop.ts"

const waitMs = 10_000

const place = (n: number, wish?: Wish) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const command = placeOrder(n, wish)
    return yield* orders.handle(command.orderId, command, metadata(`place/${n}`), waitMs)
  })

const cancel = (n: number) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const cancellation = { reason: "requested_by_customer" } as const
    const command = { _tag: "CancelOrder", cancellation } as const
    return yield* orders.handle(orderId(n), command, metadata(`cancel/${n}`), waitMs)
  })

const stockOf = (sku: string) =>
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    return (yield* stock.read(sku)).view
  })

const paymentOf = (n: number) =>
  Effect.gen(function* () {
    const payments = yield* ActorClient.make(PaymentEntity)
    return (yield* payments.read(orderId(n), waitMs)).view
  })

const typesOf = (stream: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return (yield* journal.readStream(stream, 0, 100)).map(({ type }) => type)
  })

const inShop = <A, E>(test: Effect.Effect<A, E, Layer.Layer.Success<typeof layer>>) =>
  test.pipe(Effect.provide(layer))

describe("an order", () => {
  it.live("is confirmed when stock, money and carrier agree", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const { isSettled, view } = yield* place(1)
        assert.isTrue(isSettled)
        assert.strictEqual(view?.status, "confirmed")
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 3, reserved: 0, available: 3 })
        assert.strictEqual((yield* paymentOf(1))?.captured.amountMinor, 2_000)
      })
    )
  )

  it.live("says which SKUs were short, and leaves nothing reserved", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 1)
        const { view } = yield* place(1)
        assert.strictEqual(view?.status, "cancelled")
        assert.strictEqual(view?.cancellation?.reason, "out_of_stock")
        assert.deepEqual(view?.cancellation?.skus, [Sku.make("LAMP")])
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 1, reserved: 0 })
      })
    )
  )

  it.live("carries the provider's code when the card is declined", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const token = "pm_card_chargeDeclinedInsufficientFunds"
        const { view } = yield* place(1, { token })
        assert.strictEqual(view?.cancellation?.reason, "payment_declined")
        assert.strictEqual(view?.cancellation?.declineCode, "insufficient_funds")
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 5, reserved: 0 })
      })
    )
  )

  it.live("voids the authorisation when the carrier refuses", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const { view } = yield* place(1, { country: "AQ" })
        assert.strictEqual(view?.cancellation?.reason, "shipping_unavailable")
        assert.strictEqual((yield* paymentOf(1))?.status, "voided")
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 5, reserved: 0 })
      })
    )
  )

  it.live("gives money and stock back when it is cancelled before shipment", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        yield* place(1)
        const { view } = yield* cancel(1)
        assert.strictEqual(view?.status, "cancelled")
        assert.strictEqual((yield* paymentOf(1))?.status, "refunded")
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 5, reserved: 0 })
      })
    )
  )

  it.live("is charged once however often the provider loses its answer", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 50)
        const tokens = ["pm_souk_timeout_charged", "pm_souk_timeout_not_charged", "pm_souk_flaky"]
        const replies = yield* Effect.forEach(tokens, (token, n) => place(n, { token }), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          replies.map(({ view }) => view?.status),
          ["confirmed", "confirmed", "confirmed"]
        )
        const { data } = yield* (yield* SandboxLedger).list(0, 100)
        const captures = data.filter(
          ({ kind, status }) => `${kind} ${status}` === "capture succeeded"
        )
        assert.strictEqual(captures.length, 3)
      })
    )
  )

  it.live("voids by itself what the provider authorises after the order was given up", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const placing = yield* Effect.fork(place(1, { token: "pm_souk_slow" }))
        const types = typesOf(`payment-${orderId(1)}`)
        yield* Effect.repeat(types, {
          until: (seen) => seen.includes("PaymentAuthorizationRequested")
        })
        const { view } = yield* cancel(1)
        assert.strictEqual(view?.status, "cancelled")
        assert.strictEqual((yield* paymentOf(1))?.status, "voided")
        assert.strictEqual((yield* placing).view?.status, "cancelled")
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 5, reserved: 0 })
      })
    )
  )

  it.live("sells the last units once, however many want them", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 6)
        const numbers = Array.from({ length: 20 }, (_, n) => n)
        const replies = yield* Effect.forEach(numbers, (n) => place(n), { concurrency: 20 })
        const confirmed = replies.filter(({ view }) => view?.status === "confirmed")
        assert.strictEqual(confirmed.length, 3)
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 0, reserved: 0 })
      })
    )
  )
})

describe("a repeated request", () => {
  it.live("is answered from the journal, and adds nothing to it", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const first = yield* place(1)
        const events = yield* typesOf(`order-${orderId(1)}`)
        const second = yield* place(1)
        assert.deepStrictEqual(second.view, first.view)
        assert.isTrue(second.isRepeat)
        assert.deepStrictEqual(yield* typesOf(`order-${orderId(1)}`), events)
      })
    )
  )

  it.live("meets the one that is still running, and waits with it", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const replies = yield* Effect.all([place(1), place(1), place(1)], { concurrency: 3 })
        assert.deepStrictEqual(
          replies.map(({ view }) => view?.status),
          ["confirmed", "confirmed", "confirmed"]
        )
        assert.deepInclude(yield* stockOf("LAMP"), { onHand: 3 })
      })
    )
  )

  it.live("with another body is refused", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        yield* place(1)
        const orders = yield* ActorClient.make(OrderEntity)
        const other = placeOrder(1, { fingerprint: "other" })
        const outcome = yield* Effect.either(
          orders.handle(other.orderId, other, metadata("place/other"))
        )
        assert.isTrue(Either.isLeft(outcome) && outcome.left._tag === "IdempotencyKeyReused")
      })
    )
  )
})

describe("memory", () => {
  it.live("holds no order, payment or shipment that is finished", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 100)
        const numbers = Array.from({ length: 30 }, (_, n) => n)
        yield* Effect.forEach(numbers, (n) => place(n), { concurrency: 10 })
        const { sizes } = yield* LocalActors
        assert.deepInclude(sizes(), { order: 0, payment: 0, shipment: 0, inventory: 1 })
      })
    )
  )
})

describe("a caller that goes away", () => {
  it.live("loses the answer, and nothing else", () =>
    inShop(
      Effect.gen(function* () {
        yield* stockUp("LAMP", 5)
        const left = yield* Ref.make(false)
        yield* place(1, { token: "pm_souk_slow" }).pipe(
          Effect.onInterrupt(() => Ref.set(left, true)),
          Effect.timeoutOption(50)
        )
        assert.isTrue(yield* Ref.get(left))
        assert.strictEqual((yield* place(1, { token: "pm_souk_slow" })).view?.status, "confirmed")
      })
    )
  )
})
