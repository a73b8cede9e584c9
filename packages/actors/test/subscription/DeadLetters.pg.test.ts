/** Dead letters on a real Postgres: how they are found, how many there may be, and for how long. */
import { assert, describe, it } from "@effect/vitest"
import { SqlClient } from "@effect/sql"
import { fromMillis, type Timestamp } from "@souk/domain/kernel/Timestamp"
import { Effect, Layer, Option } from "effect"
import { DeadLetterId, DeadLetters } from "../../src/subscription/DeadLetters.ts"
import * as DeadLettersPg from "../../src/subscription/DeadLettersPg.ts"
import { range } from "../journal/Appends.ts"
import { eventually } from "../support/Eventually.ts"
import * as Ground from "./Ground.ts"

describe("dead letters", () => {
  it.live("is found by its source, reason and time, and by no others", () =>
    Ground.run(
      Effect.gen(function* () {
        for (const n of range(4)) {
          Ground.faults.add(`bad ${n}`)
          yield* Ground.say(n, 0, `bad ${n}`)
        }
        yield* Ground.start
        yield* Ground.caughtUp
        const found = (yield* Ground.open).toReversed()
        assert.strictEqual(found.length, 4)
        const { list } = yield* DeadLetters
        const count = (query: object) =>
          Effect.map(list({ limit: 10, ...query }), ({ data }) => data.length)
        assert.strictEqual(yield* count({ source: "product_list", fault: "ours" }), 4)
        assert.strictEqual(yield* count({ source: "order_list" }), 0)
        assert.strictEqual(yield* count({ reason: "exhausted" }), 0)
        assert.strictEqual(yield* count({ startingAfter: found[2]!.id }), 2)
        Ground.faults.clear()
        assert.strictEqual((yield* Ground.replay({ ...Ground.all, reason: "poison" })).resolved, 0)
        const until: Timestamp = fromMillis(0)
        assert.strictEqual((yield* Ground.replay({ ...Ground.all, until })).resolved, 0)
        assert.strictEqual((yield* Ground.replay({ source: "order_list" })).resolved, 0)
        assert.strictEqual(
          (yield* Ground.replay({ ids: [found[0]!.id, found[1]!.id] })).resolved,
          2
        )
        assert.strictEqual(
          (yield* Ground.replay({ ...Ground.all, reason: "undecodable" })).resolved,
          2
        )
        assert.strictEqual(Object.keys(yield* Ground.names).length, 4)
      })
    )
  )

  it.live("does not fill the table: too many of them disable their subscription", () =>
    Ground.run(
      Effect.gen(function* () {
        for (const n of range(6)) {
          Ground.faults.add(`bad ${n}`)
          yield* Ground.say(n, 0, `bad ${n}`)
        }
        yield* Ground.start
        yield* eventually(Effect.map(Ground.cursor, ({ off }) => off))
        yield* Ground.say(7, 0, "seven")
        yield* Effect.sleep("700 millis")
        assert.isUndefined((yield* Ground.names)["SKU-7"])
        Ground.faults.clear()
        assert.strictEqual((yield* Ground.replay(Ground.all)).resolved, 6)
        yield* Ground.caughtUp
        assert.strictEqual((yield* Ground.names)["SKU-7"], "seven")
        assert.isFalse((yield* Ground.cursor).off)
      })
    )
  )
})

describe("dead letters that are resolved", () => {
  it.live("are deleted after 90 days, and no others", () =>
    Ground.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`
          INSERT INTO dead_letter
            (source, fault, reason, detail, attempts, body, first_at, resolved_at, resolution)
          SELECT 'x', 'ours', 'poison', 'd', 1, '{}', now() - interval '200 days',
            CASE WHEN n > 1 THEN now() - n * interval '1 day' END,
            CASE WHEN n > 1 THEN 'replayed' END
          FROM generate_series(1, 1500) AS n`
        yield* Layer.build(Layer.fresh(DeadLettersPg.layer([Ground.model])))
        yield* eventually(
          Effect.map(
            sql<{ n: number }>`SELECT count(*)::int AS n FROM dead_letter`,
            ([row]) => row?.n === 89
          )
        )
        const { get } = yield* DeadLetters
        assert.isTrue(Option.isNone(yield* get(DeadLetterId.make("dl_1400"))))
        assert.strictEqual((yield* Ground.open).length, 1)
      })
    )
  )
})
