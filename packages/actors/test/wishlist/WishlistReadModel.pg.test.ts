/** The wishes on a real Postgres: what the wishlists hold, in whatever pages their events come. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { CommandId, Sku, UserId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { wishlistOf } from "@souk/domain/wishlist/Wishlist"
import { WishlistAggregate } from "@souk/domain/wishlist/WishlistAggregate"
import type { Notify } from "@souk/domain/wishlist/WishlistEvent"
import { Effect, Layer, Option } from "effect"
import type { Recorded } from "../../src/journal/Journal.ts"
import { UnknownCursor } from "../../src/projection/ReadModel.ts"
import * as WishlistReadModel from "../../src/wishlist/WishlistReadModel.ts"
import * as TestPg from "../support/TestPg.ts"

const layer = Layer.fresh(WishlistReadModel.layer.pipe(Layer.provideMerge(TestPg.layer)))

const ada = UserId.make("usr_ada-0000000000_0")
const bob = UserId.make("usr_bob0000000000000")

type Step = readonly [user: UserId, sku: string, notify: Notify | "gone", amountMinor?: number]

const at = (position: number) => fromMillis(1_700_000_000_000 + position)

/** Events as a journal numbers them. */
const journal = (steps: ReadonlyArray<Step>): ReadonlyArray<Recorded> => {
  const versions = new Map<UserId, number>()
  return steps.map(([user, sku, notify, amountMinor = 100], index) => {
    const position = index + 1
    const version = (versions.get(user) ?? 0) + 1
    versions.set(user, version)
    const wished = { notify, seenPrice: { amountMinor, currency: "EUR" } }
    return {
      position,
      stream: WishlistAggregate.streamId(wishlistOf(user)),
      version,
      type: notify === "gone" ? "ItemUnwished" : "ItemWished",
      schemaVersion: 1,
      payload: { sku, ...(notify === "gone" ? {} : wished), at: at(position) },
      metadata: {
        commandId: CommandId.make(`test/${position}`),
        correlationId: "c",
        causationId: "c",
        who: "test"
      },
      recordedAt: at(position)
    }
  })
}

const steps: ReadonlyArray<Step> = [
  [ada, "MUG", "none"],
  [bob, "MUG", "price", 90],
  [ada, "TEA", "none"],
  [ada, "LAMP", "restock"],
  [ada, "MUG", "both", 80],
  [ada, "TEA", "gone"],
  [bob, "LAMP", "none"],
  [ada, "TEA", "price", 70],
  [bob, "LAMP", "gone"],
  [ada, "LAMP", "gone"]
]

const wishOf = (sku: string, notify: Notify, amountMinor: number, position: number) => ({
  sku: Sku.make(sku),
  notify,
  seenPrice: { amountMinor, currency: "EUR" as const },
  wishedAt: at(position)
})

const adas = [wishOf("TEA", "price", 70, 8), wishOf("MUG", "both", 80, 1)]
const bobs = [wishOf("MUG", "price", 90, 2)]

describe("the wishes", () => {
  it.live("are those of the wishlists, in whatever pages their events come", () =>
    Effect.gen(function* () {
      const { list } = yield* WishlistReadModel.WishlistReadModel
      const { clear, deliver } = yield* WishlistReadModel.model
      const events = journal(steps)
      for (const size of [1, 2, 3, 4, 5, 10]) {
        yield* clear
        for (let from = 0; from < events.length; from += size) {
          yield* deliver(events.slice(from, from + size))
        }
        const of = (customer: UserId) => list({ customer, limit: 10 })
        assert.deepStrictEqual(yield* of(ada), { data: adas, hasMore: false }, `pages of ${size}`)
        assert.deepStrictEqual(yield* of(bob), { data: bobs, hasMore: false }, `pages of ${size}`)
      }
    }).pipe(Effect.provide(layer))
  )

  it.live("are paged within one customer, beside products that are on the list", () =>
    Effect.gen(function* () {
      const { list } = yield* WishlistReadModel.WishlistReadModel
      const { deliver } = yield* WishlistReadModel.model
      yield* deliver(journal([...steps, [bob, "CUP", "none"]]))
      const page = { customer: ada, limit: 1 }
      const first = yield* list(page)
      assert.deepStrictEqual(first, { data: adas.slice(0, 1), hasMore: true })
      const next = yield* list({ ...page, startingAfter: Sku.make("TEA") })
      assert.deepStrictEqual(next, { data: adas.slice(1), hasMore: false })
      const before = yield* list({ ...page, endingBefore: Sku.make("MUG") })
      assert.deepStrictEqual(before.data, adas.slice(0, 1))
      const others = yield* Effect.flip(list({ ...page, startingAfter: Sku.make("CUP") }))
      assert.instanceOf(others, UnknownCursor)
    }).pipe(Effect.provide(layer))
  )

  it.live("are found by product, the oldest first, with what their customers want to hear", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { deliver } = yield* WishlistReadModel.model
      yield* deliver(journal(steps))
      const rows = yield* sql`
        SELECT customer, notify, seen_price::int FROM wish WHERE sku = 'MUG' ORDER BY position`
      assert.deepStrictEqual(rows, [
        { customer: ada, notify: "both", seen_price: 80 },
        { customer: bob, notify: "price", seen_price: 90 }
      ])
    }).pipe(Effect.provide(layer))
  )

  it.live("of one customer can be taken out, to be folded again", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { list } = yield* WishlistReadModel.WishlistReadModel
      const { deliver, name, reset, row } = yield* WishlistReadModel.model
      const events = journal(steps)
      yield* deliver(events)
      yield* sql`INSERT INTO projection_cursor (name, position, rebuild_to) VALUES (${name}, 10, 0)
        ON CONFLICT (name, journal) DO UPDATE SET position = 10`
      const id = wishlistOf(ada)
      const found = yield* row(id)
      assert.strictEqual(found.position, 10)
      assert.sameDeepMembers(Option.getOrThrow(found.doc) as Array<unknown>, adas)
      yield* reset(id)
      assert.deepStrictEqual((yield* row(id)).doc, Option.none())
      assert.deepStrictEqual((yield* list({ customer: bob, limit: 10 })).data, bobs)
      yield* deliver(events.filter(({ stream }) => stream.endsWith(id)))
      assert.deepStrictEqual((yield* list({ customer: ada, limit: 10 })).data, adas)
    }).pipe(Effect.provide(layer))
  )
})
