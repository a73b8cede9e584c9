/** A list that is rebuilt while the shop writes is the fold of the journal, after any crash. */
import { assert, describe, it } from "@effect/vitest"
import { SqlClient } from "@effect/sql"
import { Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import * as ProductReadModel from "../../src/catalog/ProductReadModel.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { Readiness } from "../../src/cluster/Readiness.ts"
import * as ShardOwnership from "../../src/cluster/ShardOwnership.ts"
import * as ReadinessPg from "../../src/database/ReadinessPg.ts"
import { Journal } from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import * as Projection from "../../src/projection/Projection.ts"
import { ReadModels } from "../../src/projection/ReadModels.ts"
import * as ReadModelsLayer from "../../src/projection/ReadModels.ts"
import * as ReminderPg from "../../src/reminder/ReminderPg.ts"
import { append, entry, range, write } from "../journal/Appends.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

const ground = Layer.mergeAll(
  ReadModelsLayer.layer([ProductReadModel.model]),
  ProductReadModel.layer
).pipe(
  Layer.provideMerge(JournalPg.layer),
  Layer.provide(Layer.succeed(ShardOwnership.ShardOwnership, ShardOwnership.alone)),
  Layer.provideMerge(TestPg.layer)
)

/** The same with what tells whether the shop is ready. */
const ready = ReadinessPg.layer.pipe(
  Layer.provide(ReminderPg.layer),
  Layer.provide(Cluster.layerSingle),
  Layer.provideMerge(ground)
)

/** One runner's follower of the list. */
const follower = Layer.fresh(
  Projection.follow(ProductReadModel.model).pipe(Layer.provide(Layer.fresh(Cluster.layerSingle)))
)

const skuOf = (n: number) => Sku.make(`SKU-${n}`)

const priced = (sku: Sku, amountMinor: number) => ({
  sku,
  name: `The ${sku}`,
  price: { amountMinor, currency: "EUR" },
  at: fromMillis(1_700_000_000_000 + amountMinor)
})

/** Lists a product, and revises it often, in one commit. */
const list = (n: number, revisions: number) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const sku = skuOf(n)
    const later = range(revisions).map((index) => entry("ProductRevised", priced(sku, index + 2)))
    const entries = [entry("ProductListed", priced(sku, 1)), ...later] as const
    yield* write(journal, append(`catalog-${sku}`, 0, { entries }))
  })

const revise = (n: number, version: number) =>
  Effect.flatMap(Journal, (journal) =>
    write(
      journal,
      append(`catalog-${skuOf(n)}`, version, {
        entries: [entry("ProductRevised", priced(skuOf(n), version + 1))]
      })
    )
  )

/** The list as the journal has it: newest first, by an independent fold. */
const expected = Effect.gen(function* () {
  const journal = yield* Journal
  const rows = new Map<string, Record<string, unknown>>()
  let after = 0
  for (let isMore = true; isMore;) {
    const page = yield* journal.readAll(after, 1_000)
    for (const { payload, stream } of page) {
      const { at, ...fields } = { at: undefined, ...payload }
      const before = rows.get(stream)
      rows.set(stream, { ...fields, listedAt: before?.["listedAt"] ?? at, updatedAt: at })
    }
    after = page.at(-1)?.position ?? after
    isMore = page.length > 0
  }
  return [...rows.values()].toReversed()
})

const cursor = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: number; rebuild_to: number }>`
    SELECT position::float8 AS position, rebuild_to::float8 AS rebuild_to
    FROM projection_cursor WHERE name = 'product_list'`
  return row ?? { position: 0, rebuild_to: 0 }
})

const caughtUp = eventually(
  Effect.gen(function* () {
    const journal = yield* Journal
    return (yield* cursor).position === (yield* journal.head)
  })
)

const assertWhole = Effect.gen(function* () {
  yield* caughtUp
  const model = yield* ProductReadModel.ProductReadModel
  const { data } = yield* model.list({ limit: 1_000 })
  assert.deepStrictEqual(JSON.parse(JSON.stringify(data)), yield* expected)
})

const rebuild = Effect.flatMap(ReadModels, (models) => models.rebuild("product_list"))

describe("a list that is rebuilt", () => {
  it.scopedLive("is the fold of the journal in the end, under load and with two followers", () =>
    Effect.gen(function* () {
      for (const n of range(20)) yield* list(n, 600)
      yield* Effect.all([Layer.build(follower), Layer.build(follower)])
      const load = yield* Effect.forkScoped(
        Effect.forEach(range(400), (index) => {
          const round = Math.floor(index / 20)
          return revise(index % 20, 601 + round)
        })
      )
      yield* Effect.forEach(range(6), () =>
        Effect.delay(
          Effect.all([rebuild, rebuild, rebuild], { concurrency: "unbounded" }),
          "40 millis"
        )
      )
      yield* Fiber.join(load)
      for (const n of range(5)) yield* list(100 + n, 1)
      yield* assertWhole
    }).pipe(Effect.provide(ground))
  )

  it.scopedLive("is one rebuild for all who ask while it is under way", () =>
    Effect.gen(function* () {
      for (const n of range(3)) yield* list(n, 10)
      const first = yield* Effect.all([rebuild, rebuild, rebuild], { concurrency: "unbounded" })
      const begun = first.map((one) => Option.getOrThrow(one))
      assert.strictEqual(begun.filter(({ isJoined }) => !isJoined).length, 1)
      assert.strictEqual(new Set(begun.map(({ to }) => to)).size, 1)
      yield* Layer.build(follower)
      yield* assertWhole
      assert.deepInclude(Option.getOrThrow(yield* rebuild), { isJoined: false })
      const models = yield* ReadModels
      assert.isTrue(Option.isNone(yield* models.rebuild("journal")))
    }).pipe(Effect.provide(ground))
  )

  it.scopedLive("continues where it was after its process has died", () =>
    Effect.gen(function* () {
      for (const n of range(30)) yield* list(n, 600)
      yield* Effect.scoped(Effect.zipRight(Layer.build(follower), caughtUp))
      yield* rebuild
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(follower, scope)
      yield* eventually(Effect.map(cursor, ({ position }) => position > 0))
      yield* Scope.close(scope, Exit.void)
      const { position, rebuild_to } = yield* cursor
      assert.isBelow(position, rebuild_to)
      assert.isAbove(position, 0)
      const model = yield* ProductReadModel.ProductReadModel
      assert.isBelow((yield* model.list({ limit: 1_000 })).data.length, 30)
      yield* Layer.build(follower)
      yield* assertWhole
    }).pipe(Effect.provide(ground))
  )
})

describe("readiness", () => {
  it.scopedLive("does not mind old events that a rebuild has to read, as long as it moves", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { check } = yield* Readiness
      const isOk = Effect.map(check, (checks) =>
        checks.some((one) => one.name === "read_models" && one.isOk)
      )
      yield* list(1, 1)
      yield* Effect.scoped(Effect.zipRight(Layer.build(follower), caughtUp))
      yield* sql`ALTER TABLE journal DISABLE TRIGGER journal_append_only`
      yield* sql`UPDATE journal SET recorded_at = recorded_at - interval '1 hour'`
      assert.isTrue(yield* isOk)
      yield* rebuild
      assert.isTrue(yield* isOk)
      yield* sql`UPDATE projection_cursor SET moved_at = moved_at - interval '1 minute'`
      assert.isFalse(yield* isOk)
      yield* sql`UPDATE projection_cursor SET moved_at = now(), rebuild_to = 0`
      assert.isFalse(yield* isOk)
    }).pipe(Effect.provide(ready))
  )
})

describe("one row", () => {
  it.scopedLive("is folded again up to where its list is, and no further", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const models = yield* ReadModels
      const row = Effect.map(models.row("product_list", skuOf(1)), (found) =>
        Option.getOrThrow(Option.flatMap(found, ({ doc }) => doc))
      )
      for (const n of range(3)) yield* list(n, 2)
      yield* Effect.scoped(Effect.zipRight(Layer.build(follower), assertWhole))
      const before = yield* row
      yield* revise(1, 3)
      yield* sql`UPDATE product_list SET doc = doc || '{"name":"Wrong"}' WHERE sku = ${skuOf(1)}`
      assert.notDeepEqual(yield* row, before)
      yield* models.refold("product_list", skuOf(1))
      assert.deepStrictEqual(yield* row, before)
      yield* sql`DELETE FROM product_list WHERE sku = ${skuOf(1)}`
      yield* models.refold("product_list", skuOf(1))
      assert.deepStrictEqual(yield* row, before)
      yield* Layer.build(follower)
      yield* assertWhole
    }).pipe(Effect.provide(ground))
  )
})
