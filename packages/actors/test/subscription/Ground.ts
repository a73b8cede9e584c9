/** A list of products, followed by a program that fails where a test says so. */
import { SqlClient } from "@effect/sql"
import { Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect, Exit, Layer, Scope } from "effect"
import * as SecurityLogPg from "../../src/auth/SecurityLogPg.ts"
import * as ProductReadModel from "../../src/catalog/ProductReadModel.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import * as ShardOwnership from "../../src/cluster/ShardOwnership.ts"
import { UnreadableEvent } from "@souk/domain/kernel/EventCodec"
import { Journal, type CategoryEvent } from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import * as ReadModels from "../../src/projection/ReadModels.ts"
import type { ReadModel } from "../../src/projection/ReadModel.ts"
import { DeadLetters, type Selection } from "../../src/subscription/DeadLetters.ts"
import * as DeadLettersPg from "../../src/subscription/DeadLettersPg.ts"
import { OpenDeadLettersMax, type Subscription } from "../../src/subscription/Delivery.ts"
import { layerScaled } from "../../src/runtime/RetrySchedule.ts"
import * as Subscriptions from "../../src/subscription/Subscription.ts"
import { append, entry, write } from "../journal/Appends.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

/** What this program cannot fold now: the fault that an operator's upgrade mends. */
export const faults = new Set<string>()

const nameOf = ({ payload }: CategoryEvent) => ("name" in payload ? String(payload.name) : "")

/** The list of products by a program that fails where `faults` says. */
export const model: typeof ProductReadModel.model = Effect.map(
  ProductReadModel.model,
  (right): ReadModel => ({
    ...right,
    deliver: (events) =>
      Effect.suspend(() => {
        const bad = events.find((event) => faults.has(nameOf(event)))
        if (bad !== undefined) throw new UnreadableEvent(bad, "a test says so")
        return right.deliver(events)
      })
  })
)

export const ground = Layer.mergeAll(
  ReadModels.layer([model]),
  DeadLettersPg.layer([model]),
  ProductReadModel.layer,
  SecurityLogPg.layer
).pipe(
  Layer.provideMerge(JournalPg.layer),
  Layer.provide(Layer.succeed(ShardOwnership.ShardOwnership, ShardOwnership.alone)),
  Layer.provideMerge(TestPg.layer),
  Layer.provide(Layer.succeed(OpenDeadLettersMax, 5)),
  Layer.provideMerge(layerScaled(1 / 250))
)

/** One runner's follower. Closing its scope stops it. */
export const follow = (subscription: Effect.Effect<Subscription, never, SqlClient.SqlClient>) =>
  Layer.fresh(
    Layer.unwrapEffect(Effect.map(subscription, Subscriptions.run)).pipe(
      Layer.provide(Layer.fresh(Cluster.layerSingle)),
      Layer.provide(Layer.succeed(OpenDeadLettersMax, 5))
    )
  )

export const start = Effect.suspend(() => Layer.build(follow(model)))

/** The same, with what ends it. */
export const startUntil = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(follow(model), scope)
  return { stop: Scope.close(scope, Exit.void) }
})

export const skuOf = (n: number) => Sku.make(`SKU-${n}`)

export const product = (n: number, name: string) => ({
  sku: skuOf(n),
  name,
  price: { amountMinor: 100, currency: "EUR" },
  at: fromMillis(1_700_000_000_000)
})

/** Appends events to the stream of a product, one for each name. */
export const say = (
  n: number,
  expected: number,
  ...names: readonly [string, ...ReadonlyArray<string>]
) =>
  Effect.flatMap(Journal, (journal) => {
    const [first, ...others] = names.map((name, index) =>
      entry(expected + index === 0 ? "ProductListed" : "ProductRevised", product(n, name))
    )
    return write(journal, append(`catalog-${skuOf(n)}`, expected, { entries: [first!, ...others] }))
  })

export const cursor = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql<{ at: number; off: boolean }>`
      SELECT position::float8 AS at, disabled_at IS NOT NULL AS off
      FROM projection_cursor WHERE name = 'product_list' AND journal = 'j00'`,
    ([row]) => row ?? { at: 0, off: false }
  )
)

export const caughtUp = eventually(
  Effect.gen(function* () {
    const { head } = yield* Journal
    return (yield* cursor).at === (yield* head)
  })
)

/** The names in the list, by SKU. */
export const names = Effect.gen(function* () {
  const { list } = yield* ProductReadModel.ProductReadModel
  const { data } = yield* list({ limit: 100 })
  return Object.fromEntries(data.map(({ name, sku }) => [sku, name]))
})

export const open = Effect.flatMap(DeadLetters, ({ list }) =>
  Effect.map(list({ limit: 100 }), ({ data }) => data)
)

export const replay = (selection: Selection) =>
  Effect.flatMap(DeadLetters, (letters) => letters.replay(selection, "admin"))
export const all: Selection = { source: "product_list" }

export const run = <E>(
  body: Effect.Effect<void, E, Layer.Layer.Success<typeof ground> | Scope.Scope>
) =>
  Effect.suspend(() => {
    faults.clear()
    return Effect.scoped(body)
  }).pipe(Effect.provide(Layer.fresh(ground)))
