/** `souk dead-letter`: lists, and replays or discards after a confirmation. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { deadLetters, lettersCount, resetLetters } from "./support/StubOperator.ts"
import * as Stub from "./support/StubShop.ts"

const letters = (...args: ReadonlyArray<string>) => souk(["dead-letter", ...args])

/** Runs it with all dead letters open, and leaves none. */
const fresh = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(resetLetters),
    () => effect,
    () => Effect.sync(() => void (deadLetters.open = []))
  )

const json = ({ stdout }: { readonly stdout: string }) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

layer(Stub.layer)("souk dead-letter", (it) => {
  it.effect("list shows open ones, page after page, without escapes", () =>
    fresh(
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* letters("list")
        assert.strictEqual(code, 0, stderr)
        assert.include(stdout, "DEAD LETTER")
        assert.match(stdout, /dl_130 +order_list +ours +undecodable +OrderPlaced +order\/ord_/)
        assert.include(stderr, "add --starting-after dl_111")
        const all = json(yield* letters("list", "--json", "--limit", "1000"))
        assert.strictEqual(all.length, lettersCount)
        const some = json(yield* letters("list", "--json", "--source", "product_list"))
        assert.isTrue(some.every(({ source }) => source === "product_list"))
        deadLetters.open = []
        assert.include((yield* letters("list")).stderr, "There are no open dead letters.")
        assert.strictEqual((yield* letters("list", "--reason", "boredom")).code, 2)
      })
    )
  )

  it.effect("show prints one with its event, and ends with 5 for others", () =>
    Effect.gen(function* () {
      const { stderr, stdout } = yield* letters("show", "dl_7")
      assert.include(stdout, String.raw`not \u001b[31mreadable`)
      assert.include(stdout, '{"payload":{}}')
      assert.include(stderr, "souk dead-letter replay dl_7")
      assert.strictEqual((yield* letters("show", "dl_404")).code, 5)
      assert.strictEqual((yield* letters("show", "7")).code, 2)
    })
  )

  it.effect("replay takes ids, or all of a source until nothing is left", () =>
    fresh(
      Effect.gen(function* () {
        const two = yield* letters("replay", "dl_1", "dl_2", "--yes")
        assert.deepStrictEqual([two.code, two.stdout], [0, "Replayed 2.\n"])
        const all = ["--all", "--source", "order_list"]
        const typed = { isTerminal: true, typed: "y" }
        const asked = yield* souk(["dead-letter", "replay", ...all, "--json"], typed)
        assert.include(asked.stderr, "Replay 64 dead letters? [y/N]")
        assert.deepStrictEqual(json(asked), [{ resolved: 64, failed: [], hasMore: false }])
        // Dead letters that come after the count are excluded.
        assert.deepInclude(deadLetters.asked.at(-1), { until: "1970-01-01T00:02:10.000Z" })
        const none = yield* letters("replay", ...all, "--yes")
        assert.deepStrictEqual([none.code, none.stdout], [0, ""])
        assert.include(none.stderr, "There are no such dead letters.")
      })
    )
  )

  it.effect("replay ends with 7 or 1 when some or all fail again", () =>
    fresh(
      Effect.gen(function* () {
        deadLetters.failing.add("dl_1")
        const some = yield* letters("replay", "dl_1", "dl_2", "--yes")
        assert.strictEqual(some.code, 7)
        assert.include(some.stdout, "dl_1 failed again: failed again")
        assert.strictEqual((yield* letters("replay", "dl_1", "--yes")).code, 1)
      })
    )
  )

  it.effect("discard requires a note, and both ask first and require a selection", () =>
    fresh(
      Effect.gen(function* () {
        const done = yield* letters("discard", "dl_1", "--note", "a bug", "--yes")
        assert.deepStrictEqual([done.code, done.stdout], [0, "Discarded 1.\n"])
        assert.strictEqual((yield* letters("discard", "dl_2", "--yes")).code, 2)
        const args = ["dead-letter", "replay", "dl_2"]
        assert.strictEqual((yield* souk(args, { isTerminal: true, typed: "no" })).code, 3)
        assert.strictEqual((yield* souk(args, { stdin: "" })).code, 2)
        for (const unclear of [
          [],
          ["--all"],
          ["--source", "order_list"],
          ["dl_1", "--all", "--source", "order_list"],
          ["dl_1", "--reason", "poison"]
        ]) {
          const refused = yield* letters("replay", ...unclear, "--yes")
          assert.strictEqual(refused.code, 2, unclear.join(" "))
          assert.include(refused.stderr, "not clear which dead letters")
        }
        assert.strictEqual(deadLetters.open.length, lettersCount - 1)
      })
    )
  )

  it.effect("is a line of doctor", () =>
    fresh(
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* souk(["doctor"])
        assert.strictEqual(code, 1)
        assert.include(stdout, "100 or more of ours, of order_list, product_list")
        assert.include(stderr, "souk dead-letter list")
        deadLetters.open = []
        assert.include((yield* souk(["doctor"])).stdout, "none of ours")
      })
    )
  )
})
