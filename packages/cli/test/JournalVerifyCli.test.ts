/** `souk journal verify`: reads and folds a whole journal, and compares it with a mark. */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { events, whileIn } from "./support/StubRooms.ts"
import * as Stub from "./support/StubShop.ts"

const verify = (...args: ReadonlyArray<string>) => souk(["journal", "verify", ...args])

const at = fromMillis(0)

const folder = mkdtempSync(join(tmpdir(), "souk-verify-"))

layer(Stub.layer)("souk journal verify", (it) => {
  it.effect("reads every page, counts, and ends with 0 without findings", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* verify()
      assert.deepStrictEqual([code, stderr], [0, "The journal is sound.\n"])
      assert.match(stdout, /events +1234\ninventory streams +1\nsnapshots +0\nposition +3702\n/)
      assert.match(stdout, /sha256 +[0-9a-f]{64}\n/)
    })
  )

  it.effect("shows its progress on a terminal only", () =>
    Effect.gen(function* () {
      const seen = yield* souk(["journal", "verify"], { isTerminal: true })
      assert.include(seen.stderr, "3702/3702")
      const json = yield* souk(["journal", "verify", "--json"], { isTerminal: true })
      assert.notInclude(json.stderr, "/3702")
    })
  )

  it.effect("prints a mark, and compares the journal with it", () =>
    Effect.gen(function* () {
      const file = join(folder, "journal.mark")
      const first = yield* whileIn({ events: events.slice(0, 1_000) }, verify("--json"))
      const told = JSON.parse(first.stdout)
      assert.deepInclude(told, { position: 3_000, events: 1_000, findingsCount: 0, findings: [] })
      writeFileSync(file, first.stdout)
      const grown = yield* verify("--against", file)
      assert.strictEqual(grown.code, 0, grown.stderr)
      const forged = events.map((row) => (row.position === 300 ? { ...row, recordedAt: at } : row))
      const changed = yield* whileIn({ events: forged }, verify("--against", file))
      assert.strictEqual(changed.code, 7)
      assert.match(
        changed.stdout,
        /3000 +- +- +prefix +the events up to here are not what they were/
      )
      assert.include(changed.stderr, "1 thing is wrong")
      const lost = yield* whileIn({ events: events.slice(0, 5) }, verify("--against", file))
      assert.strictEqual(lost.code, 7)
    })
  )

  it.effect("prints findings of every kind, and counts the others", () =>
    Effect.gen(function* () {
      const rows = events.map((row) => ({ ...row, version: row.version + 1 }))
      const { code, stderr, stdout } = yield* whileIn({ events: rows }, verify("--json"))
      assert.strictEqual(code, 7)
      const { findings, findingsCount } = JSON.parse(stdout)
      assert.deepStrictEqual([findings.length, findingsCount], [1, 1])
      assert.include(stderr, "journal_unsound")
      const holes = events.map((row) => ({ ...row, version: row.version * 2 }))
      const many = yield* whileIn({ events: holes }, verify("--json"))
      const told = JSON.parse(many.stdout)
      assert.deepStrictEqual([told.findings.length, told.findingsCount], [100, 1_234])
    })
  )

  it.effect("compares snapshots with the events, page by page", () =>
    Effect.gen(function* () {
      const of = (version: number, onHand: number) => ({
        version,
        schemaVersion: 1,
        state: {
          onHand,
          held: 0,
          holds: [],
          nextExpiry: null,
          reorderPoint: null,
          reorderQuantity: null,
          isLow: false
        }
      })
      const right = { stream: "inventory-CUP-1", ...of(500, 500) }
      const sound = yield* whileIn({ snapshots: [right] }, verify("--json"))
      assert.deepInclude(JSON.parse(sound.stdout), { snapshots: 1, findingsCount: 0 })
      const wrong = { stream: "inventory-CUP-1", ...of(500, 499) }
      const stray = { stream: "inventory-CUP-2", ...of(500, 500) }
      const { code, stderr, stdout } = yield* whileIn({ snapshots: [wrong, stray] }, verify())
      assert.strictEqual(code, 7)
      assert.match(stdout, /inventory-CUP-1 +500 +snapshot/)
      assert.match(stdout, /inventory-CUP-2 +500 +snapshot/)
      assert.include(stderr, "empty the table snapshot")
    })
  )

  it.effect("ends with 2 for an invalid mark, and with 4 without the right key", () =>
    Effect.gen(function* () {
      const file = join(folder, "no.mark")
      writeFileSync(file, '{"position": 1}')
      for (const path of [file, join(folder, "nothing")]) {
        const { code, stderr } = yield* verify("--against", path)
        assert.strictEqual(code, 2)
        assert.include(stderr, "souk journal verify --json > journal.mark")
      }
      const key = { env: { SOUK_ADMIN_KEY: "sk_wrong" } }
      assert.strictEqual((yield* souk(["journal", "verify"], key)).code, 4)
    })
  )
})
