/** A provider whose books disagree with ours, with every actor live: seen, and not believed. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Ref } from "effect"
import * as Rooms from "../../src/Rooms.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { PaymentEntity } from "../../src/payment/PaymentEntity.ts"
import { PaymentGateway, ProviderDisagrees } from "../../src/payment/PaymentGateway.ts"
import { eventually } from "../support/Eventually.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import { ground, metadata } from "../support/TestShop.ts"

/** The provider's data, and how often they were looked up. */
class Quarrel extends Context.Tag("@souk/actors/test/Quarrel")<
  Quarrel,
  { readonly about: Ref.Ref<string | undefined>; readonly asked: Ref.Ref<number> }
>() {}

const quarrel = Layer.effect(
  Quarrel,
  Effect.all({ about: Ref.make<string | undefined>("authorize"), asked: Ref.make(0) })
)

/** The sandbox, but for requests of one kind, of which its books say something else. */
const gateway = Layer.effect(
  PaymentGateway,
  Effect.gen(function* () {
    const honest = yield* PaymentGateway
    const { about, asked } = yield* Quarrel
    const unless = <A, E>(key: string, answer: Effect.Effect<A, E>) =>
      Effect.flatMap(Ref.get(about), (kind): Effect.Effect<A, E | ProviderDisagrees> => {
        if (kind === undefined || !key.includes(`/${kind}`)) return answer
        const detail = "1 eur, not 2000 eur\u0000"
        const error = new ProviderDisagrees({ key, reference: "pi_other", detail })
        return Effect.zipRight(
          Ref.update(asked, (count) => count + 1),
          Effect.fail(error)
        )
      })
    return PaymentGateway.of({
      ...honest,
      authorize: (request) => unless(request.key, honest.authorize(request)),
      capture: (request) => unless(request.key, honest.capture(request)),
      lookup: (request) => unless(request.key, honest.lookup(request))
    })
  })
)

const shop = Rooms.layerActors.pipe(
  Layer.provideMerge(gateway),
  Layer.provideMerge(ground),
  Layer.provideMerge(quarrel)
)

const inShop = <A, E>(test: Effect.Effect<A, E, Layer.Layer.Success<typeof shop>>) =>
  test.pipe(Effect.provide(shop))

const placed = Effect.gen(function* () {
  yield* stockUp("LAMP", 5)
  const orders = yield* ActorClient.make(OrderEntity)
  return yield* orders.handle(orderId(1), placeOrder(1), metadata("place/1"), 0)
})

const payment = Effect.gen(function* () {
  const { view } = yield* (yield* ActorClient.make(PaymentEntity)).read(orderId(1))
  return view ?? (yield* Effect.dieMessage("no payment"))
})

const typesOf = (stream: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return (yield* journal.readStream(stream, 0, 100)).map(({ type }) => type)
  })

const count = (types: ReadonlyArray<string>, type: string) =>
  types.filter((one) => one === type).length

describe("a provider whose books disagree", () => {
  it.live.each(["authorize", "capture"] as const)(
    "about the %s is written down in both streams, and asked neither for ever nor again at once",
    (kind) =>
      inShop(
        Effect.gen(function* () {
          const { about, asked } = yield* Quarrel
          yield* Ref.set(about, kind)
          yield* placed
          const orderStream = `order-${orderId(1)}`
          yield* eventually(
            Effect.map(typesOf(orderStream), (types) => types.includes("OrderPaymentMismatched"))
          )
          const { captured, mismatches, status } = yield* payment
          assert.strictEqual(status, kind === "authorize" ? "pending" : "authorized")
          assert.strictEqual(captured.amountMinor, 0)
          assert.deepInclude(mismatches[0], {
            idempotencyKey: `${orderId(1)}/${kind}`,
            reference: "pi_other",
            detail: "1 eur, not 2000 eur"
          })
          // A reminder is one look and no more, and writes nothing.
          const payments = yield* ActorClient.make(PaymentEntity)
          const before = yield* Ref.get(asked)
          for (const n of [1, 2, 3]) {
            yield* payments.resume(orderId(1), metadata(`remind/${n}`), 2_000)
          }
          assert.isAtMost((yield* Ref.get(asked)) - before, 3)
          assert.isAtMost(before, 8)
          assert.strictEqual(count(yield* typesOf(`payment-${orderId(1)}`), "PaymentMismatched"), 1)
          assert.strictEqual(count(yield* typesOf(orderStream), "OrderPaymentMismatched"), 1)
        })
      )
  )

  it.live("is believed when they agree later, and the order goes on", () =>
    inShop(
      Effect.gen(function* () {
        const { about } = yield* Quarrel
        const orders = yield* ActorClient.make(OrderEntity)
        yield* placed
        yield* eventually(Effect.map(payment, ({ mismatches }) => mismatches.length === 1))
        yield* Ref.set(about, undefined)
        yield* eventually(
          Effect.gen(function* () {
            yield* orders.resume(orderId(1), metadata("remind"), 2_000)
            return (yield* orders.read(orderId(1))).view?.status === "confirmed"
          })
        )
        const { captured, mismatches } = yield* payment
        assert.deepStrictEqual([captured.amountMinor, mismatches], [2_000, []])
      })
    )
  )

  it.live("does not keep an order from being given up, which says that a person must look", () =>
    inShop(
      Effect.gen(function* () {
        const { about } = yield* Quarrel
        const orders = yield* ActorClient.make(OrderEntity)
        yield* placed
        yield* eventually(Effect.map(payment, ({ mismatches }) => mismatches.length === 1))
        const cancellation = { reason: "requested_by_customer" } as const
        yield* orders.handle(
          orderId(1),
          { _tag: "CancelOrder", cancellation },
          metadata("cancel"),
          2_000
        )
        yield* eventually(
          Effect.map(orders.read(orderId(1)), ({ view }) => view?.status === "cancelled")
        )
        const journal = yield* Journal
        const undone = (yield* journal.readStream(`order-${orderId(1)}`, 0, 100)).find(
          ({ payload }) => "outcome" in payload && payload.outcome === "mismatched"
        )
        assert.isDefined(undone)
        // Once they agree, the payment is undone without an operator.
        yield* Ref.set(about, undefined)
        yield* eventually(Effect.map(payment, ({ status }) => status === "voided"))
        assert.deepStrictEqual(Option.fromNullable((yield* payment).mismatches[0]), Option.none())
      })
    )
  )
})
