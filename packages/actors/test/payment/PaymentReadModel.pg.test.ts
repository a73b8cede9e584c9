/** The list of payments on a real Postgres: the sums of the journal, page after page. */
import { assert, describe, it } from "@effect/vitest"
import { SqlClient } from "@effect/sql"
import { fromMillis, type Timestamp } from "@souk/domain/kernel/Timestamp"
import type { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import { RefundId } from "@souk/domain/kernel/Ids"
import { Effect, Layer } from "effect"
import type { Recorded } from "../../src/journal/Journal.ts"
import * as PaymentReadModel from "../../src/payment/PaymentReadModel.ts"
import { UnknownCursor } from "../../src/projection/ReadModel.ts"
import { orderId } from "../support/Requests.ts"
import * as TestPg from "../support/TestPg.ts"
import { metadata } from "../support/TestShop.ts"

const layer = Layer.fresh(PaymentReadModel.layer.pipe(Layer.provideMerge(TestPg.layer)))

const longAgo = fromMillis(1_700_000_000_000)

type Step = (n: number, at: Timestamp) => PaymentEvent

const asked =
  (amountMinor: number, currency: "EUR" | "JPY"): Step =>
  (n, at) => ({
    _tag: "PaymentAuthorizationRequested",
    orderId: orderId(n),
    amount: { amountMinor, currency },
    token: "tok",
    at
  })
const authorized: Step = (_, at) => ({ _tag: "PaymentAuthorized", reference: "a", at })
const captureAsked: Step = (_, at) => ({ _tag: "PaymentCaptureRequested", at })
const captured: Step = (_, at) => ({ _tag: "PaymentCaptured", reference: "c", at })
const refundId = RefundId.make("re_0000000000000001")
const refundAsked =
  (amountMinor: number): Step =>
  (_, at) => ({
    _tag: "PaymentRefundRequested",
    refundId,
    amount: { amountMinor, currency: "EUR" },
    reason: "late",
    at
  })
const refunded: Step = (_, at) => ({ _tag: "PaymentRefunded", refundId, reference: "r", at })

/** Events as a journal numbers them: from `position` on, one after another. */
const journal = (
  position: number,
  steps: ReadonlyArray<readonly [n: number, version: number, step: Step, at?: Timestamp]>
): ReadonlyArray<Recorded> =>
  steps.map(([n, version, step, at = longAgo], index) => {
    const { _tag, ...payload } = step(n, at)
    return {
      position: position + index,
      stream: `payment-${orderId(n)}`,
      version,
      type: _tag,
      schemaVersion: 1,
      payload,
      metadata: metadata(`test/${position + index}`),
      recordedAt: at
    }
  })

const apply = (events: ReadonlyArray<Recorded>) =>
  Effect.flatMap(PaymentReadModel.model, (model) => model.deliver(events))

const sum = (amountMinor: number, currency: "EUR" | "JPY") => ({ amountMinor, currency })

describe("the list of payments", () => {
  it.live("holds the sums of the journal, in whatever pages it comes", () =>
    Effect.gen(function* () {
      const model = yield* PaymentReadModel.PaymentReadModel
      const events = journal(1, [
        [1, 1, asked(1_000, "EUR")],
        [2, 1, asked(500, "JPY")],
        [1, 2, authorized],
        [1, 3, captureAsked],
        [2, 2, authorized],
        [1, 4, captured],
        [2, 3, captureAsked],
        [1, 5, refundAsked(300)],
        [2, 4, captured],
        [1, 6, refunded]
      ])
      const { clear } = yield* PaymentReadModel.model
      for (const size of [1, 3, 10]) {
        yield* clear
        for (let at = 0; at < events.length; at += size) yield* apply(events.slice(at, at + size))
        assert.deepStrictEqual(yield* model.totals, [
          {
            payments: 1,
            captured: sum(1_000, "EUR"),
            refunded: sum(300, "EUR"),
            revenue: sum(700, "EUR")
          },
          {
            payments: 1,
            captured: sum(500, "JPY"),
            refunded: sum(0, "JPY"),
            revenue: sum(500, "JPY")
          }
        ])
        const { data, hasMore } = yield* model.list({ limit: 10 })
        assert.deepStrictEqual(
          data.map(({ orderId, status }) => [orderId, status]),
          [
            [orderId(2), "captured"],
            [orderId(1), "partially_refunded"]
          ]
        )
        assert.isFalse(hasMore)
      }
    }).pipe(Effect.provide(layer))
  )

  it.live("is read page by page, by status, and from no cursor that is none", () =>
    Effect.gen(function* () {
      const model = yield* PaymentReadModel.PaymentReadModel
      const numbers = Array.from({ length: 7 }, (_, n) => n)
      yield* apply(
        journal(
          1,
          numbers.map((n) => [n, 1, asked(100, "EUR")] as const)
        )
      )
      yield* apply(journal(100, [[3, 2, authorized]]))
      const first = yield* model.list({ limit: 3 })
      assert.isTrue(first.hasMore)
      const second = yield* model.list({ limit: 10, startingAfter: first.data[2]?.orderId })
      assert.deepStrictEqual(
        [...first.data, ...second.data].map(({ orderId }) => orderId),
        numbers.toReversed().map(orderId)
      )
      const back = yield* model.list({ limit: 3, endingBefore: second.data[0]?.orderId })
      assert.deepStrictEqual(back, { data: first.data, hasMore: false })
      const near = yield* model.list({ limit: 2, endingBefore: second.data[1]?.orderId })
      assert.deepStrictEqual(near.data, [...first.data.slice(2), ...second.data.slice(0, 1)])
      assert.isTrue(near.hasMore)
      const wish = { status: "authorized", limit: 10, endingBefore: orderId(0) } as const
      assert.deepStrictEqual(
        (yield* model.list(wish)).data.map(({ orderId }) => orderId),
        [orderId(3)]
      )
      const held = yield* model.list({ status: "authorized", limit: 10 })
      assert.deepStrictEqual(
        held.data.map(({ orderId }) => orderId),
        [orderId(3)]
      )
      const none = yield* Effect.flip(model.list({ limit: 1, startingAfter: orderId(99) }))
      assert.instanceOf(none, UnknownCursor)
    }).pipe(Effect.provide(layer))
  )

  it.live("knows which payments have waited too long for an answer", () =>
    Effect.gen(function* () {
      const model = yield* PaymentReadModel.PaymentReadModel
      const sql = yield* SqlClient.SqlClient
      const [{ now }] = (yield* sql<{ now: number }>`
        SELECT (extract(epoch FROM now()) * 1000)::float8 AS now`) as [{ now: number }]
      const lately = fromMillis(Math.floor(now) - 1_000)
      yield* apply(
        journal(1, [
          [1, 1, asked(100, "EUR")],
          [2, 1, asked(100, "EUR")],
          [2, 2, authorized],
          [3, 1, asked(100, "EUR"), lately],
          [4, 1, asked(100, "EUR")]
        ])
      )
      const idsOf = (openForMs: number | undefined, after = 0, limit = 10) =>
        Effect.map(model.places({ after, limit, openForMs }), (places) =>
          places.map(({ orderId }) => orderId)
        )
      assert.deepStrictEqual(yield* idsOf(60_000), [orderId(1), orderId(4)])
      assert.deepStrictEqual(yield* idsOf(0), [orderId(1), orderId(3), orderId(4)])
      assert.deepStrictEqual(yield* idsOf(60_000, 1), [orderId(4)])
      assert.deepStrictEqual(yield* idsOf(undefined, 0, 2), [orderId(1), orderId(2)])
    }).pipe(Effect.provide(layer))
  )

  it.live("finds each payment once, in the order of their positions, where digits are added", () =>
    Effect.gen(function* () {
      const model = yield* PaymentReadModel.PaymentReadModel
      const positions = [8, 9, 10, 11, 98, 99, 100, 101, 998, 999, 1_000, 1_001]
      for (const n of positions) yield* apply(journal(n, [[n, 1, asked(100, "EUR")]]))
      const [total] = yield* model.totals
      assert.strictEqual(total?.payments, positions.length)
      for (const limit of [1, 2, 3, 5, positions.length]) {
        const found: Array<number> = []
        for (let after: number | undefined = 0; after !== undefined;) {
          const page: ReadonlyArray<{ readonly position: number }> = yield* model.places({
            after,
            limit
          })
          found.push(...page.map(({ position }) => position))
          after = page.at(-1)?.position
        }
        assert.deepStrictEqual(found, positions)
      }
    }).pipe(Effect.provide(layer))
  )
})
