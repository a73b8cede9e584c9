/** The pages of help, compared with snapshots. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { pages as commands, rooms } from "../src/Rooms.ts"
import { alone } from "./support/Souk.ts"

const sameHelp: ReadonlyArray<readonly [line: string, same: string]> = [
  ["", "help"],
  ["--help", "help"],
  ["-h", "help"],
  ["stock", "help stock"],
  ["stock --help", "help stock"],
  ["stock receive --help", "help stock receive"],
  ["stock receive TEAPOT-1 --quantity x -h", "help stock receive"],
  ["--help order show", "help order show"],
  ["doctor --help", "help doctor"]
]

const pages = [
  "",
  ...rooms.map(({ name }) => name),
  ...commands.flatMap(({ words: [room, verb] }) => (room === verb ? [] : [`${room} ${verb}`])),
  "exit-codes",
  "environment"
]

describe("help", () => {
  it.each(pages)("souk help %s", async (words) => {
    const args = ["help", ...words.split(" ").filter(Boolean)]
    const { code, stderr, stdout } = await Effect.runPromise(alone(args))
    assert.strictEqual(code, 0)
    assert.strictEqual(stderr, "")
    const name = words === "" ? "souk" : words.replaceAll(" ", "-")
    await expect(stdout).toMatchFileSnapshot(`__snapshots__/help/${name}.txt`)
  })

  it.effect.each(sameHelp)("souk %s is souk %s", ([line, same]) =>
    Effect.gen(function* () {
      const one = yield* alone(line.split(" ").filter(Boolean))
      const other = yield* alone(same.split(" "))
      assert.deepStrictEqual(one, other)
      assert.strictEqual(one.code, 0)
    })
  )

  it.effect("has no line wider than a hundred columns", () =>
    Effect.gen(function* () {
      for (const page of pages) {
        const { stdout } = yield* alone(["help", ...page.split(" ").filter(Boolean)])
        for (const line of stdout.split("\n")) assert.isAtMost(line.length, 100, line)
      }
    })
  )

  it.effect("has bold titles on a terminal only", () =>
    Effect.gen(function* () {
      const bold = "\u001B[1m"
      const seen = yield* alone(["help"], { isTerminal: true })
      assert.include(seen.stdout, bold)
      const plain = [
        yield* alone(["help"]),
        yield* alone(["help"], { isTerminal: true, env: { NO_COLOR: "1" } }),
        yield* alone(["help"], { isTerminal: true, env: { TERM: "dumb" } }),
        yield* alone(["help", "--no-color"], { isTerminal: true })
      ]
      for (const { stdout } of plain) assert.notInclude(stdout, bold)
      const isUnset = yield* alone(["help"], { isTerminal: true, env: { NO_COLOR: "" } })
      assert.include(isUnset.stdout, bold)
    })
  )
})

it.effect("the version is the one of the package", () =>
  Effect.gen(function* () {
    const { code, stdout } = yield* alone(["--version"])
    assert.match(stdout, /^souk \d+\.\d+\.\d+\n$/)
    assert.strictEqual(code, 0)
  })
)
