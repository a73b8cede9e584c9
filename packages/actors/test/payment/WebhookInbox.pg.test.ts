/** What providers told us, on a real Postgres: kept once, worked off once, parked while unknown. */
import { assert, describe, it } from "@effect/vitest"
import { SqlClient } from "@effect/sql"
import { Effect, Layer } from "effect"
import * as Rooms from "../../src/Rooms.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import { WebhookInbox } from "../../src/payment/WebhookInbox.ts"
import * as WebhookInboxPg from "../../src/payment/WebhookInboxPg.ts"
import * as WebhookWorker from "../../src/payment/WebhookWorker.ts"
import { eventually } from "../support/Eventually.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import * as TestPg from "../support/TestPg.ts"
import { ground, metadata } from "../support/TestShop.ts"

const event = (n: number) => ({
  provider: "stripe",
  eventId: `evt_${n}`,
  type: "payment_intent.amount_capturable_updated",
  orderId: orderId(n)
})

const eventOfNoOrder = (n: number) => ({ ...event(n), orderId: undefined })

const inbox = WebhookInboxPg.layer.pipe(Layer.provideMerge(TestPg.layer))

/** A shop in memory whose inbox is on disk. */
const shop = WebhookWorker.layer.pipe(
  Layer.provideMerge(Rooms.layerActors),
  Layer.provideMerge(ground),
  Layer.provideMerge(inbox)
)

const ids = (events: ReadonlyArray<{ readonly eventId: string }>) =>
  events.map(({ eventId }) => eventId).toSorted()

describe("the inbox", () => {
  it.live("keeps one of a hundred copies that come at once, and answers all of them", () =>
    Effect.gen(function* () {
      const { claim, receive } = yield* WebhookInbox
      const copies = Array.from({ length: 100 }, () => receive(event(1)))
      const isFirst = yield* Effect.all(copies, { concurrency: "unbounded" })
      assert.lengthOf(isFirst, 100)
      assert.lengthOf(isFirst.filter(Boolean), 1)
      assert.deepStrictEqual(ids(yield* claim(200, 60_000, 60_000)), ["evt_1"])
    }).pipe(Effect.provide(inbox))
  )

  it.live("gives no event to two workers, and an event without an order to none", () =>
    Effect.gen(function* () {
      const { claim, receive } = yield* WebhookInbox
      yield* Effect.forEach([1, 2, 3, 4, 5, 6], (n) => receive(event(n)))
      yield* receive(eventOfNoOrder(7))
      const claims = Array.from({ length: 4 }, () => claim(2, 60_000, 60_000))
      const claimed = yield* Effect.all(claims, { concurrency: "unbounded" })
      assert.deepStrictEqual(ids(claimed.flat()), [
        "evt_1",
        "evt_2",
        "evt_3",
        "evt_4",
        "evt_5",
        "evt_6"
      ])
    }).pipe(Effect.provide(inbox))
  )

  it.live("gives what is parked again, ever more rarely, and never what is finished", () =>
    Effect.gen(function* () {
      const { claim, finish, receive } = yield* WebhookInbox
      yield* Effect.forEach([1, 2], (n) => receive(event(n)))
      assert.lengthOf(yield* claim(10, 1, 1_000), 2)
      yield* finish(event(2))
      let attempts = 0
      yield* eventually(
        Effect.map(claim(10, 1, 1_000), (again) => {
          assert.notInclude(ids(again), "evt_2")
          attempts = again[0]?.attempts ?? attempts
          return attempts >= 4
        })
      )
      // Received again, it stays where it is.
      assert.isFalse(yield* receive(event(2)))
      assert.notInclude(ids(yield* claim(10, 1, 1_000)), "evt_2")
    }).pipe(Effect.provide(inbox))
  )
})

describe("an old event", () => {
  it.live("is forgotten once it is done with, so many at a time", () =>
    Effect.gen(function* () {
      const { claim, finish, forget, receive } = yield* WebhookInbox
      yield* Effect.forEach([1, 2, 3, 4], (n) => receive(event(n)))
      yield* receive(eventOfNoOrder(5))
      yield* Effect.forEach([1, 2], (n) => finish(event(n)))
      assert.strictEqual(yield* forget(3_600_000, 10), 0)
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE webhook_inbox SET received_at = received_at - interval '2 hours'
        WHERE event_id <> 'evt_2'`
      const counts = [yield* forget(3_600_000, 1), yield* forget(3_600_000, 10)]
      assert.deepStrictEqual(counts, [1, 1])
      assert.deepStrictEqual(ids(yield* claim(10, 1, 1_000)), ["evt_3", "evt_4"])
      assert.isFalse(yield* receive(event(2)))
      assert.isTrue(yield* receive(event(1)))
    }).pipe(Effect.provide(inbox))
  )
})

const isOver = (n: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql`
      SELECT 1 FROM webhook_inbox WHERE event_id = ${`evt_${n}`} AND due_at IS NULL`
    return rows.length === 1
  })

const lastErrorOf = (n: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ last_error: string | null }>`
      SELECT last_error FROM webhook_inbox WHERE event_id = ${`evt_${n}`}`
    return rows[0]?.last_error ?? undefined
  })

const place = (n: number, token: string) =>
  Effect.gen(function* () {
    yield* stockUp("LAMP", 9, String(n))
    const orders = yield* ActorClient.make(OrderEntity)
    yield* orders.handle(orderId(n), placeOrder(n, { token }), metadata(`place/${n}`), 0)
  })

const confirmed = (n: number) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    return (yield* orders.read(orderId(n))).view?.status === "confirmed"
  })

const moved = (n: number) =>
  Effect.map(
    Effect.flatMap(SandboxLedger, (ledger) => ledger.list(0, 1_000)),
    ({ data }) =>
      data
        .filter((entry) => entry.orderId === orderId(n) && entry.status === "succeeded")
        .map(({ kind }) => kind)
  )

describe("a webhook", () => {
  it.live(
    "about an order that is not there yet is parked, and looked at again when it is",
    () =>
      Effect.gen(function* () {
        const { receive } = yield* WebhookInbox
        yield* receive(event(1))
        yield* eventually(Effect.map(lastErrorOf(1), (error) => error !== undefined))
        assert.include(yield* lastErrorOf(1), `no payment of ${orderId(1)}`)
        assert.isFalse(yield* isOver(1))
        yield* place(1, "pm_souk_silence")
        yield* eventually(isOver(1))
        yield* eventually(confirmed(1))
        assert.deepStrictEqual(yield* moved(1), ["authorize", "capture"])
      }).pipe(Effect.provide(Layer.fresh(shop))),
    60_000
  )

  it.live(
    "that is there before our own call has returned changes nothing and is worked off",
    () =>
      Effect.gen(function* () {
        const { receive } = yield* WebhookInbox
        // The provider takes two seconds to answer, and tells at once.
        yield* Effect.all([place(2, "pm_souk_slow"), receive(event(2))], { concurrency: 2 })
        yield* eventually(confirmed(2))
        yield* eventually(isOver(2))
        assert.deepStrictEqual(yield* moved(2), ["authorize", "capture"])
      }).pipe(Effect.provide(Layer.fresh(shop))),
    60_000
  )
})
