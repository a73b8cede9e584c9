/** How command lines are parsed, and the errors of invalid ones. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { alone } from "./support/Souk.ts"

// After a valid command line the next error is the missing key.
const understood = 4
const misused = 2

const env = { SOUK_DATA_DIR: "/nowhere" }

describe("a valid command line", () => {
  it.effect.each([
    "stock show TEAPOT-1",
    "--json stock show TEAPOT-1",
    "stock --quiet show --json TEAPOT-1",
    "--no-color stock -q show -- TEAPOT-1",
    "stock receive TEAPOT-1 --quantity 5",
    "stock receive --quantity=5 TEAPOT-1",
    "--quantity 5 stock receive TEAPOT-1",
    "stock receive --dry-run 1 --quantity 5",
    "stock receive TEAPOT-1 -nq --quantity 5 --reason -3",
    "stock receive TEAPOT-1 --quantity 5 --reason=--json",
    "order show ord_0000000000000001",
    "order list --limit 1000 --status pending --customer c-1"
  ])("%s", (line) =>
    Effect.map(alone(line.split(" "), { env }), ({ code, stderr }) => {
      assert.strictEqual(code, understood, stderr)
    })
  )

  it.effect("keeps blanks and line breaks in a value", () =>
    Effect.map(
      alone(["stock", "receive", "A", "--quantity", "5", "--reason", " a\nb "], { env }),
      ({ code }) => assert.strictEqual(code, understood)
    )
  )
})

const mistakes: ReadonlyArray<readonly [line: string, says: string]> = [
  ["stok show", "Did you mean stock?"],
  ["stock rec TEAPOT-1", "Did you mean receive?"],
  ["stock shwo TEAPOT-1", "Did you mean show?"],
  ["stock xyzzy", "Known: receive, show"],
  ["stock show TEAPOT-1 --jsno", "Did you mean --json?"],
  ["stock show TEAPOT-1 --reason x", "no option --reason"],
  ["stock show", "<sku> is missing"],
  ["stock show TEAPOT-1 TEAPOT-2", 'what is "TEAPOT-2" for?'],
  ["stock show teapot", "is not a SKU"],
  ["stock receive TEAPOT-1", "--quantity <units> is missing"],
  ["stock receive TEAPOT-1 --quantity", "lacks its value"],
  ["stock receive TEAPOT-1 --quantity --json", "lacks its value"],
  ["stock receive TEAPOT-1 --quantity 5 --quantity 6", "more than once"],
  ["stock receive TEAPOT-1 --quantity 0", "is not a whole number"],
  ["stock receive TEAPOT-1 --quantity -5", "is not a whole number"],
  ["stock receive TEAPOT-1 --quantity 1.5", "is not a whole number"],
  ["stock receive TEAPOT-1 --quantity 1e3", "is not a whole number"],
  ["stock receive TEAPOT-1 --quantity 1000001", "is not a whole number"],
  ["stock receive TEAPOT-1 --quantity 5 --reference ", "--reference"],
  ["order show 17", "is not an order id"],
  ["order list --status pendin", "is not a status"],
  ["order list --limit 1001", "from 1 to 1000"],
  ["order list --json=yes", "takes no value"],
  ["help stok", "Did you mean stock?"],
  ["help exit-code", "Did you mean exit-codes?"],
  ["--wizard", "no option --wizard"]
]

describe("an invalid command line", () => {
  it.effect.each(mistakes)("%s", ([line, says]) =>
    Effect.map(alone(line.split(" "), { env }), ({ code, stderr, stdout }) => {
      assert.include(stderr, says)
      assert.strictEqual(code, misused)
      assert.strictEqual(stdout, "")
    })
  )

  it.effect("is reported as JSON with --json", () =>
    Effect.map(alone(["stock", "show", "--json"]), ({ code, stderr, stdout }) => {
      assert.deepStrictEqual(JSON.parse(stderr), {
        error: {
          code: "usage",
          message: "<sku> is missing",
          hint: "See: souk help stock show",
          exitCode: misused
        }
      })
      assert.strictEqual(code, misused)
      assert.strictEqual(stdout, "")
    })
  )
})
