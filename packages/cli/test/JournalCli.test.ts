/** `souk journal`, and `souk stock history`: logs, page by page. */
import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { OutputLost } from "../src/Streams.ts"
import { souk } from "./support/Souk.ts"
import { events } from "./support/StubRooms.ts"
import * as Stub from "./support/StubShop.ts"

const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

layer(Stub.layer)("souk journal", (it) => {
  it.effect("export gives every event once, in order, as a line of JSON", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["journal", "export"])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(linesOf(stdout), [...events])
      assert.include(stderr, `Exported ${events.length} events. To go on later: --after 3702`)
      const rest = yield* souk(["journal", "export", "--after", "3600"])
      assert.deepStrictEqual(linesOf(rest.stdout), events.slice(1200))
    })
  )

  it.effect("export --file creates a complete file that only its owner can read, or none", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "souk-export-"))
      const file = join(folder, "journal.ndjson")
      const { code, stdout } = yield* souk(["journal", "export", "--file", file])
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.deepStrictEqual(linesOf(readFileSync(file, "utf8")), [...events])
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      const again = yield* souk(["journal", "export", "--file", file])
      assert.strictEqual(again.code, 2)
      const lost = yield* souk(["journal", "export", "--file", join(folder, "no", "such")])
      assert.strictEqual(lost.code, 1)
      const wrongKey = yield* souk(["journal", "export", "--file", join(folder, "b")], {
        env: { SOUK_ADMIN_KEY: "sk_wrong" }
      })
      assert.strictEqual(wrongKey.code, 4)
      assert.deepStrictEqual(readdirSync(folder), ["journal.ndjson"])
    })
  )

  it.effect("export ends with 1 when what it writes is lost", () =>
    Effect.gen(function* () {
      const stdoutFails = new OutputLost({ reason: "no space" })
      const { code } = yield* souk(["journal", "export"], { stdoutFails })
      assert.strictEqual(code, 1)
    })
  )

  it.effect("tail begins a little before the end", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["journal", "tail", "--for", "0", "--json"])
      assert.strictEqual(code, 0)
      const told = linesOf(stdout)
      assert.deepStrictEqual(told, events.slice(-told.length))
      assert.isAtLeast(told.length, 1)
      assert.isAtMost(told.length, 20)
      assert.include(stderr, "souk journal tail --after 3702")
      const from = yield* souk(["journal", "tail", "--for", "0", "--after", "3690"])
      assert.strictEqual(from.stdout.trim().split("\n").length, 4)
      assert.include(from.stdout, "inventory-CUP-1@1234  StockReceived  by admin")
    })
  )

  it.effect("stock history reads page by page, and prints how to continue", () =>
    Effect.gen(function* () {
      const history = (...more: ReadonlyArray<string>) =>
        souk(["stock", "history", "CUP-1", "--json", ...more])
      const all = yield* history("--limit", "1000")
      assert.strictEqual(linesOf(all.stdout).length, Stub.changesCount)
      assert.strictEqual(all.stderr, "")
      const some = yield* history("--limit", "120", "--after", "7")
      assert.deepStrictEqual(
        linesOf(some.stdout).map(({ version }) => version),
        Array.from({ length: 120 }, (_, index) => index + 8)
      )
      assert.include(some.stderr, "add --after 127")
      const { stdout } = yield* souk(["stock", "history", "CUP-1", "--limit", "1"])
      assert.include(stdout, "stock received")
      assert.include(stdout, "PO-1: new")
    })
  )
})
