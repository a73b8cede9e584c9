/** Next actions under polling: few and bounded requests to the provider. */
import { assert, describe, it } from "@effect/vitest"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { OrderId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import * as Payment from "@souk/domain/payment/Payment"
import type { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Fiber, Option, TestClock, TestContext } from "effect"
import { ofGateway } from "../../src/payment/NextActions.ts"

const at = fromMillis(1_700_000_000_000)

/** The payment of the n-th order, which waits for its customer. */
const waiting = (n: number): PaymentView => {
  const orderId = OrderId.make(`ord_${String(n).padStart(20, "0")}`)
  const amount = { amountMinor: 1_000, currency: "EUR" } as const
  const nextAction = { type: "use_stripe_sdk" }
  const events: ReadonlyArray<PaymentEvent> = [
    { _tag: "PaymentAuthorizationRequested", orderId, amount, token: "tok", at },
    { _tag: "PaymentActionRequired", reference: `pi_${n}`, nextAction, at }
  ]
  const payment = events.reduce(Payment.decider.evolve, Payment.decider.initial)
  return Option.getOrThrow(Payment.view(payment))
}

/** A provider that takes a second per request, and counts requests. */
const slow = () => {
  const asked: Array<string> = []
  const unasked = () => Effect.die("not part of this test")
  const gateway = PaymentGateway.of({
    stepMinor: () => 1,
    authorize: unasked,
    capture: unasked,
    void: unasked,
    refund: unasked,
    lookup: unasked,
    nextAction: ({ key }) =>
      Effect.delay(
        Effect.sync(() => {
          asked.push(key)
          return Option.some({ type: "use_stripe_sdk", clientSecret: `secret of ${key}` })
        }),
        "1 second"
      )
  })
  return { asked, gateway }
}

const secrets = (views: ReadonlyArray<PaymentView>) =>
  views.flatMap(({ nextAction }) => nextAction?.clientSecret ?? [])

describe("the next action of a customer", () => {
  it.live("is looked up once for concurrent requests, and again later", () =>
    Effect.gen(function* () {
      const { asked, gateway } = slow()
      const ofPayment = yield* ofGateway(gateway)
      const polls = Array.from({ length: 100 }, () => ofPayment(waiting(1)))
      const all = yield* Effect.fork(Effect.all(polls, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      assert.lengthOf(secrets(yield* Fiber.join(all)), 100)
      assert.lengthOf(asked, 1)
      const later = yield* Effect.fork(
        Effect.zipRight(Effect.sleep("2 seconds"), ofPayment(waiting(1)))
      )
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(later)
      assert.lengthOf(asked, 2)
    }).pipe(Effect.provide(TestContext.TestContext))
  )

  it.live("is not lost for others when the first caller disconnects", () =>
    Effect.gen(function* () {
      const { gateway } = slow()
      const ofPayment = yield* ofGateway(gateway)
      const first = yield* Effect.fork(ofPayment(waiting(1)))
      yield* TestClock.adjust("100 millis")
      const second = yield* Effect.fork(ofPayment(waiting(1)))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interruptFork(first)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(secrets([yield* Fiber.join(second)]), 1)
    }).pipe(Effect.provide(TestContext.TestContext))
  )

  it.live("has a limit of concurrent lookups, and never hides the payment", () =>
    Effect.gen(function* () {
      const { asked, gateway } = slow()
      const ofPayment = yield* ofGateway(gateway)
      const polls = Array.from({ length: 100 }, (_, n) => ofPayment(waiting(n)))
      const all = yield* Effect.fork(Effect.all(polls, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      const views = yield* Fiber.join(all)
      assert.lengthOf(views, 100)
      assert.lengthOf(asked, 8)
      assert.lengthOf(secrets(views), 8)
      assert.strictEqual(views[99]?.nextAction?.type, "use_stripe_sdk")
    }).pipe(Effect.provide(TestContext.TestContext))
  )
})
