/** `souk completions`: runs each script in its shell, and checks what it completes. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { alone } from "./support/Souk.ts"

const scriptOf = (shell: string) =>
  Effect.map(alone(["completions", shell]), ({ stdout }) => stdout)

const isThere = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0

const run = (shell: string, script: string, ...args: ReadonlyArray<string>): string => {
  const { status, stderr, stdout } = spawnSync(shell, ["-c", script, ...args], { encoding: "utf8" })
  assert.deepStrictEqual([status, stderr], [0, ""])
  return stdout
}

/** What bash completes the last word of each line to, as it splits lines itself. */
const inBash = (script: string, lines: ReadonlyArray<string>) => {
  const asked = lines.map((line) => {
    const words = line.split(/ |(?<==)|(?==)/)
    const quoted = words.map((word) => `'${word}'`).join(" ")
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _souk; echo "\${COMPREPLY[*]}"`
  })
  return run("bash", [script, ...asked].join("\n"))
    .split("\n")
    .slice(0, -1)
}

const optionsIn = (help: string): string => /^OPTIONS\n([^]*?)\n\n/m.exec(help)?.[1] ?? ""

/** Every command and its options, read off the help. */
const commands = Effect.gen(function* () {
  const { stdout } = yield* alone(["help"])
  const titles = [...stdout.matchAll(/^ +souk ([a-z]+(?: [a-z-]+)?) {2,}/gm)]
    .map(([, title = ""]) => title)
    .filter((title) => !title.startsWith("help"))
  return yield* Effect.forEach(titles, (title) =>
    Effect.map(alone(["help", ...title.split(" ")]), ({ stdout }) => ({
      title,
      options: [...optionsIn(stdout).matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(
        ([, name = ""]) => name
      )
    }))
  )
})

const zshStubs = String.raw`compdef() { : }
_describe() { local -a all; all=("${"${(@P)2}"}"); print -r -- "${"${(@)all%%:*}"}" }`

describe("completions", () => {
  it.effect("in bash have rooms, commands and options, in any order", () =>
    Effect.gen(function* () {
      const expected: ReadonlyArray<readonly [line: string, words: string]> = [
        ["souk st", "stock"],
        ["souk stock r", "receive"],
        ["souk --quiet stock r", "receive"],
        ["souk stock --key-file somewhere r", "receive"],
        ["souk stock --key-file=somewhere r", "receive"],
        ["souk help st", "stock"],
        ["souk help exit", "exit-codes"],
        ["souk help stock rec", "receive"],
        ["souk exit", ""],
        ["souk refund create --am", "--amount"],
        ["souk refund create ord_1 --amount 5 --re", "--reason"],
        ["souk refund --amount 5 create ord_1 --re", "--reason"],
        ["souk refund create --amount ", ""],
        ["souk order list --status p", ""],
        ["souk doc", "doctor"],
        ["souk doctor --js", "--json"],
        ["souk doctor d", ""],
        ["souk --ver", "--version"],
        ["souk completions z", "zsh"],
        ["souk stock receive --file packages/cli/tsconfig.s", "packages/cli/tsconfig.src.json"],
        ["souk stock receive --file=packages/cli/tsconfig.s", "packages/cli/tsconfig.src.json"]
      ]
      const found = inBash(
        yield* scriptOf("bash"),
        expected.map(([line]) => line)
      )
      assert.deepStrictEqual(
        expected.map(([line], index) => [line, found[index]]),
        expected.map(([line, words]) => [line, words])
      )
    })
  )

  it.effect("in bash have every command and option of the help", () =>
    Effect.gen(function* () {
      const all = yield* commands
      assert.isAbove(all.length, 25)
      const found = inBash(
        yield* scriptOf("bash"),
        all.flatMap(({ title }) => [`souk ${title}`, `souk ${title} --`])
      )
      all.forEach(({ options, title }, index) => {
        assert.strictEqual(found[2 * index], title.split(" ").at(-1), title)
        const told = found[2 * index + 1]?.split(" ")
        assert.sameMembers(told ?? [], [...options, "--help", "--version"], title)
      })
    })
  )

  it.effect("in zsh and fish describe everything, with any special characters", () =>
    Effect.gen(function* () {
      const zsh = yield* scriptOf("zsh")
      const fish = yield* scriptOf("fish")
      const all = yield* commands
      for (const { options, title } of all) {
        const [room = "", verb] = title.split(" ")
        assert.include(fish, `-a '${verb ?? room}' -d '`, title)
        assert.include(zsh, `'${verb ?? room}:`, title)
        for (const name of options) {
          assert.include(fish, `-n '__souk_at \\'${title}\\'' -l ${name.slice(2)} `, title)
          assert.include(zsh, `'${name}:`, title)
        }
      }
      assert.include(zsh, String.raw`The carrier'\''s number, where it is not`)
      assert.include(fish, String.raw`The carrier\'s number, where it is not`)
      // The shells of this machine parse it, too.
      if (isThere("zsh")) {
        const asked = [["st"], ["--quiet", "stock", "r"], ["help", "exit"], ["doctor", "--js"]]
        const lines = asked.map(
          (words) => `words=(souk ${words.join(" ")}); CURRENT=${words.length + 1}; _souk`
        )
        // What the shell's own functions would be given, cut down to the names.
        const told = run("zsh", [zshStubs, zsh, ...lines].join("\n"))
        const [rooms, verbs, topics, options] = told.split("\n")
        assert.include(rooms, "product stock order payments")
        assert.includeMembers((verbs ?? "").split(" "), ["receive", "show", "adjust", "history"])
        assert.match(topics ?? "", /stock.* exit-codes environment$/)
        assert.strictEqual(options, "--json --quiet --no-color --key-file --help --version")
      }
      if (isThere("fish")) {
        const asked = ["souk st", "souk --quiet stock r", "souk help exit", "souk doctor --js"]
        const lines = asked.map((line) => `complete -C '${line}'`)
        const told = run("fish", [fish, ...lines].join("\n"))
        assert.match(told, /^stock\t[^\n]+\nreceive\t[^\n]+\nexit-codes\t[^\n]+\n--json\t[^\n]+\n$/)
      }
    })
  )
})
