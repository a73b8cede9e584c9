/** A subscription on a real Postgres: dead letters are written with the cursor, replayed once. */
import { assert, describe, it } from "@effect/vitest"
import { SqlClient } from "@effect/sql"
import { Duration, Effect, Layer, Option } from "effect"
import { SecurityLog } from "../../src/auth/SecurityLog.ts"
import { Journal } from "../../src/journal/Journal.ts"
import * as ReadModels from "../../src/projection/ReadModels.ts"
import { DeadLetters } from "../../src/subscription/DeadLetters.ts"
import type { Subscription } from "../../src/subscription/Delivery.ts"
import { append, entry, range, write } from "../journal/Appends.ts"
import { eventually } from "../support/Eventually.ts"
import * as Ground from "./Ground.ts"

describe("an event that cannot be folded", () => {
  it.live("becomes a dead letter with the move of the cursor, and holds only its stream", () =>
    Ground.run(
      Effect.gen(function* () {
        Ground.faults.add("bad")
        yield* Ground.say(1, 0, "one", "bad", "one after")
        yield* Ground.say(2, 0, "two")
        const { stop } = yield* Ground.startUntil
        yield* Ground.caughtUp
        assert.deepStrictEqual(yield* Ground.names, { "SKU-1": "one", "SKU-2": "two" })
        const [letter, ...others] = yield* Ground.open
        assert.deepStrictEqual(others, [])
        assert.deepInclude(letter, {
          source: "product_list",
          fault: "ours",
          reason: "undecodable",
          attempts: 5,
          type: "ProductRevised",
          subject: "catalog/SKU-1"
        })
        assert.match(letter!.eventId ?? "", /^evt_j00_2_[0-9a-f]{8}$/)
        const { get } = yield* DeadLetters
        const { body } = Option.getOrThrow(yield* get(letter!.id))
        assert.deepInclude(JSON.parse(body), { type: "ProductRevised", version: 2 })
        // Later pages go on, without what is held.
        yield* Ground.say(1, 3, "one much later")
        yield* Ground.say(3, 0, "three")
        yield* Ground.caughtUp
        assert.deepStrictEqual(yield* Ground.names, {
          "SKU-1": "one",
          "SKU-2": "two",
          "SKU-3": "three"
        })
        assert.strictEqual((yield* Ground.open).length, 1)
        // A restart meets neither the event nor the stream again.
        yield* stop
        yield* Ground.say(1, 4, "one at last")
        yield* Ground.start
        yield* Ground.caughtUp
        assert.strictEqual((yield* Ground.open).length, 1)
        assert.strictEqual((yield* Ground.names)["SKU-1"], "one")
        // Replayed after the fix it counts, with all that was held.
        Ground.faults.clear()
        const again = yield* Ground.replay({ ids: [letter!.id] })
        assert.deepStrictEqual(again, { resolved: 1, failed: [], hasMore: false })
        assert.strictEqual((yield* Ground.names)["SKU-1"], "one at last")
        assert.deepStrictEqual(yield* Ground.open, [])
        const resolved = Option.getOrThrow(yield* get(letter!.id))
        assert.deepInclude(resolved, { resolution: "replayed", resolvedBy: "admin" })
        yield* Ground.say(1, 5, "one and more")
        yield* Ground.caughtUp
        assert.strictEqual((yield* Ground.names)["SKU-1"], "one and more")
      })
    )
  )

  it.live("acts once when it is replayed twice, also at the same time", () =>
    Ground.run(
      Effect.gen(function* () {
        Ground.faults.add("bad")
        yield* Ground.say(1, 0, "bad")
        yield* Ground.start
        yield* Ground.caughtUp
        const [letter] = yield* Ground.open
        const early = yield* Ground.replay(Ground.all)
        assert.deepStrictEqual(
          [early.resolved, early.failed.map(({ id }) => id)],
          [0, [letter!.id]]
        )
        assert.strictEqual((yield* Ground.open)[0]?.attempts, 6)
        assert.deepStrictEqual(
          (yield* Ground.open).map(({ id }) => id),
          [letter!.id]
        )
        Ground.faults.clear()
        const both = yield* Effect.all(
          range(4).map(() => Ground.replay({ ids: [letter!.id] })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          both.reduce((sum, { resolved }) => sum + resolved, 0),
          1
        )
        assert.deepStrictEqual(yield* Ground.names, { "SKU-1": "bad" })
        assert.strictEqual((yield* Ground.replay({ ids: [letter!.id] })).resolved, 0)
        const log = yield* Effect.flatMap(SecurityLog, ({ list }) => list(0, 100))
        assert.isTrue(
          log.every(({ type, who }) => type === "DeadLettersReplayed" && who === "admin")
        )
        assert.strictEqual(log.filter(({ detail }) => detail["resolved"] === 1).length, 1)
      })
    )
  )

  it.live("is left out for good when it is discarded, also by a rebuild", () =>
    Ground.run(
      Effect.gen(function* () {
        Ground.faults.add("bad")
        yield* Ground.say(1, 0, "one", "bad", "good again")
        yield* Ground.start
        yield* Ground.caughtUp
        const letters = yield* DeadLetters
        const done = yield* letters.discard(Ground.all, "written by a bug", "admin")
        assert.deepStrictEqual(done, { resolved: 1, failed: [], hasMore: false })
        assert.deepStrictEqual(yield* Ground.names, { "SKU-1": "good again" })
        const models = yield* ReadModels.ReadModels
        yield* models.rebuild("product_list")
        yield* Ground.caughtUp
        assert.deepStrictEqual(yield* Ground.names, { "SKU-1": "good again" })
        assert.deepStrictEqual(yield* Ground.open, [])
        const [entry] = yield* Effect.flatMap(SecurityLog, ({ list }) => list(0, 100))
        assert.deepInclude(entry, { type: "DeadLettersDiscarded", subject: "product_list" })
        assert.strictEqual(entry!.detail["reason"], "written by a bug")
      })
    )
  )

  it.live("is found also where it is Postgres that refuses it", () =>
    Ground.run(
      Effect.gen(function* () {
        const journal = yield* Journal
        // Postgres keeps no NUL in jsonb.
        yield* Ground.say(1, 0, "one", "a\u0000b")
        yield* write(
          journal,
          append("catalog-SKU-2", 0, {
            entries: [entry("ProductListed", { ...Ground.product(2, "two") })]
          })
        )
        yield* Ground.start
        yield* Ground.caughtUp
        assert.deepStrictEqual(yield* Ground.names, { "SKU-1": "one", "SKU-2": "two" })
        const [letter] = yield* Ground.open
        assert.deepInclude(letter, { reason: "poison", subject: "catalog/SKU-1" })
        assert.include(letter!.detail, "unsupported Unicode escape sequence")
      })
    )
  )

  it.live("stops a subscription in which a gap would be wrong", () =>
    Ground.run(
      Effect.gen(function* () {
        Ground.faults.add("bad")
        yield* Ground.say(1, 0, "one")
        yield* Ground.say(2, 0, "bad")
        const stopping = Effect.map(Ground.model, (it): Subscription => ({
          ...it,
          onPoison: "stop",
          batchMax: 1
        }))
        yield* Layer.build(Ground.follow(stopping))
        yield* eventually(Effect.map(Ground.cursor, ({ at }) => at === 1))
        yield* Effect.sleep("200 millis")
        assert.strictEqual((yield* Ground.cursor).at, 1)
        assert.deepStrictEqual(yield* Ground.open, [])
        Ground.faults.clear()
        yield* Ground.caughtUp
        assert.strictEqual((yield* Ground.names)["SKU-2"], "bad")
      })
    )
  )
})

describe("a database that is away", () => {
  it.live("makes no dead letter of what it cannot take now", () =>
    Ground.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Ground.say(1, 0, "one")
        yield* sql`ALTER TABLE product_list RENAME TO away`
        yield* Ground.start
        yield* Effect.sleep("1500 millis")
        assert.strictEqual((yield* Ground.cursor).at, 0)
        yield* sql`ALTER TABLE away RENAME TO product_list`
        yield* Ground.caughtUp
        assert.deepStrictEqual([yield* Ground.names, yield* Ground.open], [{ "SKU-1": "one" }, []])
      })
    )
  )
})

describe("waiting for a list", () => {
  it.live("ends when it has read so far, or when the time is over", () =>
    Ground.run(
      Effect.gen(function* () {
        const models = yield* ReadModels.ReadModels
        yield* Ground.say(1, 0, "one")
        const waitFor = (version: number, ms: number) =>
          models.waitFor("product_list", [{ stream: "catalog-SKU-1", version }], ms)
        assert.isFalse(yield* waitFor(1, 100))
        yield* Ground.start
        yield* Ground.caughtUp
        yield* Ground.say(1, 1, "two")
        const [took, isThere] = yield* Effect.timed(waitFor(2, 5_000))
        assert.isTrue(isThere)
        assert.isBelow(Duration.toMillis(took), 1_000)
        assert.strictEqual((yield* Ground.names)["SKU-1"], "two")
        // An event that is not there cannot be waited for.
        assert.isTrue(yield* waitFor(3, 5_000))
        yield* models.rebuild("product_list")
        const [early, isWhole] = yield* Effect.timed(waitFor(2, 5_000))
        if (!isWhole) assert.isBelow(Duration.toMillis(early), 1_000)
      })
    )
  )
})
