/** The book of quotas that processes keep together. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { RateLimitStore } from "../../src/quota/RateLimitStore.ts"
import * as RateLimitStorePg from "../../src/quota/RateLimitStorePg.ts"
import * as TestPg from "../support/TestPg.ts"

const layer = RateLimitStorePg.layer.pipe(Layer.provideMerge(TestPg.layer))

const endsAtMs = 4_102_444_800_000

it.live("the book of quotas adds up what processes have used, window by window", () =>
  Effect.gen(function* () {
    const { add } = yield* RateLimitStore
    const use = (name: string, used: number, later = 0) => ({
      name,
      endsAtMs: endsAtMs + later,
      used
    })
    assert.deepStrictEqual(yield* add([use("default/a", 3)]), [use("default/a", 3)])
    const both = yield* add([use("default/b", 1), use("default/a", 2)])
    assert.sameDeepMembers([...both], [use("default/a", 5), use("default/b", 1)])
    assert.deepStrictEqual(yield* add([use("default/a", 1, 60_000)]), [use("default/a", 1, 60_000)])
    const odd = 'default/"a\n\u2028é'
    assert.deepStrictEqual(yield* add([use(odd, 1)]), [use(odd, 1)])
    // Many at once, in whatever order each names them.
    const names = Array.from({ length: 50 }, (_, n) => `many/${n}`)
    const orders = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? names : names.toReversed()))
    yield* Effect.forEach(orders, (names) => add(names.map((name) => use(name, 1))), {
      concurrency: "unbounded"
    })
    const totals = yield* add(names.map((name) => use(name, 0)))
    assert.isTrue(totals.every(({ used }) => used === 8))
  }).pipe(Effect.provide(layer))
)
