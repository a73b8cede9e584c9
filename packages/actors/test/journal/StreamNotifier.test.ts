/** Watching streams: who is told what, when, and who is sent away. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer } from "effect"
import * as JournalMemory from "../support/JournalMemory.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { HeartbeatMs, StreamNotifier, layer } from "../../src/journal/StreamNotifier.ts"
import { append, range, write } from "./Appends.ts"

const ignore = () => undefined

const watching = (heartbeatMs = 60_000) =>
  layer.pipe(
    Layer.provide(Layer.succeed(HeartbeatMs, heartbeatMs)),
    Layer.provideMerge(JournalMemory.layer)
  )

/** A journal without notifications of commits, as if other processes made them. */
const fromElsewhere = layer.pipe(
  Layer.provideMerge(
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) => Journal.of({ ...journal, onCommitted: () => ignore }))
    )
  ),
  Layer.provide(JournalMemory.layer)
)

describe("watching a stream", () => {
  for (const [where, shop] of [
    ["here", watching()],
    ["elsewhere", fromElsewhere]
  ] as const) {
    it.live(`wakes watchers of a stream that is committed ${where}, and no others`, () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const watches = yield* StreamNotifier
        yield* write(journal, append("a-1", 0))
        const one = yield* watches.watch("a-1", ignore)
        const other = yield* watches.watch("a-2", ignore)
        assert.strictEqual(yield* one.next, "changed")
        assert.strictEqual(yield* other.next, "changed")
        // The follower says once more that it stands there.
        yield* Effect.timeoutOption(one.next, "300 millis")
        yield* Effect.timeoutOption(other.next, "300 millis")
        for (const version of range(5)) {
          yield* write(journal, append("a-1", version + 1))
          assert.strictEqual(yield* one.next, "changed")
        }
        const heard = yield* Effect.timeoutOption(other.next, "300 millis")
        assert.strictEqual(heard._tag, "None")
      }).pipe(Effect.scoped, Effect.provide(shop))
    )
  }

  it.live("drops watchers that have ended, and follows again for a new one", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const watches = yield* StreamNotifier
      for (const version of range(3)) {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const watch = yield* watches.watch("a-1", ignore)
            yield* watch.next
            yield* write(journal, append("a-1", version))
            assert.strictEqual(yield* watch.next, "changed")
            assert.strictEqual(watches.size(), 1)
          })
        )
        assert.strictEqual(watches.size(), 0)
      }
    }).pipe(Effect.provide(watching()))
  )

  it.live("keeps one signal for who is slow, and tells it when it is too slow", () =>
    Effect.gen(function* () {
      const watches = yield* StreamNotifier
      const slow = yield* Effect.makeLatch(false)
      const quick = yield* watches.watch("a-1", ignore)
      const asleep = yield* watches.watch("a-1", () => slow.unsafeOpen())
      yield* quick.next
      yield* Effect.forkScoped(Effect.forever(quick.next))
      yield* slow.await
      assert.strictEqual(yield* asleep.next, "changed", "what it has missed")
      yield* Effect.repeat(asleep.next, { until: (signal) => signal === "heartbeat" })
    }).pipe(Effect.scoped, Effect.provide(watching(10)))
  )

  it.live("takes on so many, and no more", () =>
    Effect.gen(function* () {
      const watches = yield* StreamNotifier
      yield* Effect.forEach(range(100), () => watches.watch("a-1", ignore))
      const refused = yield* Effect.either(watches.watch("a-1", ignore))
      assert.isTrue(Either.isLeft(refused))
      yield* watches.watch("a-2", ignore)
      assert.strictEqual(watches.size(), 101)
    }).pipe(Effect.scoped, Effect.provide(watching()))
  )

  it.live("closes all watches when it closes, and later ones", () =>
    Effect.gen(function* () {
      const watches = yield* StreamNotifier
      const early = yield* watches.watch("a-1", ignore)
      watches.close()
      assert.strictEqual(yield* early.next, "closing")
      const late = yield* watches.watch("a-1", ignore)
      assert.strictEqual(yield* late.next, "closing")
    }).pipe(Effect.scoped, Effect.provide(watching()))
  )
})
