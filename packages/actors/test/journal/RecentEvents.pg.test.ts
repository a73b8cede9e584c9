/** Recent events and the table give a read model the same events, also with other writers. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Random } from "../../../../simulation/Random.ts"
import * as ShardOwnership from "../../src/cluster/ShardOwnership.ts"
import { Journal, type Position, type CategoryEvent } from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import * as TestPg from "../support/TestPg.ts"
import { append, attemptAll, entry, type JournalService, range } from "./Appends.ts"

/** A process of its own, on the database that is there. */
const writer = Layer.build(Layer.fresh(JournalPg.layer)).pipe(
  Effect.map(Context.get(Journal)),
  Effect.provide(Layer.succeed(ShardOwnership.ShardOwnership, ShardOwnership.alone))
)

/** Some appends to streams of two rooms, all in one turn; versions go on from `versions`. */
const bunch = (random: Random, versions: Map<string, number>) =>
  range(1 + random.below(6)).map(() => {
    const stream = `${random.chance(0.6) ? "a" : "b"}-${1 + random.below(4)}`
    const expected = versions.get(stream) ?? 0
    const entries = range(1 + random.below(3)).map((index) =>
      entry("Happened", { text: `${stream}@${expected + index + 1}`, odd: [index, null] })
    )
    versions.set(stream, expected + entries.length)
    return append(stream, expected, { entries: [entries[0]!, ...entries.slice(1)] })
  })

/** Follows one room from `after` on, as far as it goes, in small pages. */
const followed = Effect.fnUntraced(function* (
  journal: JournalService,
  after: Position,
  limit: number,
  reader: string
) {
  const events: Array<CategoryEvent> = []
  for (let position = after; ;) {
    const page = yield* journal.readCategory("a", position, limit, reader)
    events.push(...page.events)
    if (page.through === position) return { events, through: position }
    position = page.through
  }
})

describe("a page of one room", () => {
  for (const seed of range(6)) {
    it.scopedLive(`misses nothing and doubles nothing, with two writers: ${seed}`, () =>
      Effect.gen(function* () {
        const random = new Random(seed, "writers")
        const [here, there] = [yield* writer, yield* writer]
        const versions = new Map<string, number>()
        const readers = ["list", "search"].map((name) => ({
          name,
          seen: new Array<CategoryEvent>(),
          position: 0
        }))
        for (let round = 0; round < 30; round++) {
          for (let left = 1 + random.below(4); left > 0; left--) {
            const journal = random.chance(0.8) ? here : there
            const outcomes = yield* attemptAll(journal, bunch(random, versions))
            assert.isTrue(outcomes.every((outcome) => outcome === "ok"))
          }
          for (const reader of readers) {
            // One of them falls behind now and then.
            if (reader.name === "search" && round < 29 && random.chance(0.4)) continue
            const { name, position } = reader
            const page = yield* followed(here, position, 1 + random.below(9), name)
            reader.seen.push(...page.events)
            reader.position = page.through
            assert.strictEqual(page.through, yield* here.head)
          }
        }
        const all = yield* there.readAll(0, 10_000)
        const expected = all
          .filter(({ stream }) => stream.startsWith("a-"))
          .map(({ metadata: _, recordedAt: __, ...event }) => event)
        for (const { seen } of readers) assert.deepStrictEqual(seen, expected)
      }).pipe(Effect.scoped, Effect.provide(TestPg.layer))
    )
  }
})
