/** `souk` as a process: pipes, signals and exit codes. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Ran } from "./support/Souk.ts"
import { paid } from "./support/StubPayments.ts"
import * as Stub from "./support/StubShop.ts"

// Starting a program on its sources takes seconds where the machine is busy.
const startMsMax = 60_000

const root = fileURLToPath(new URL("../../..", import.meta.url))
const node = `"${process.execPath}" --conditions=@souk/source --import tsx`

/** Runs a line of shell, in which `souk` is the program, without a terminal. */
const shell = (line: string, onStart: (kill: () => void) => void = () => {}) =>
  Effect.flatMap(Stub.StubShop, ({ url }) =>
    Effect.async<Ran>((resume) => {
      const env = { ...process.env, SOUK_URL: url, SOUK_ADMIN_KEY: Stub.adminKey }
      const souk = `souk() { exec ${node} packages/cli/src/bin.ts "$@"; }`
      const script = `set -o pipefail; ${souk}; ${line}`
      const child = spawn("bash", ["-c", script], { cwd: root, env, stdio: ["ignore"] })
      const written = { stdout: "", stderr: "" }
      child.stdout?.on("data", (chunk) => (written.stdout += String(chunk)))
      child.stderr?.on("data", (chunk) => (written.stderr += String(chunk)))
      child.on("close", (code) => resume(Effect.succeed({ code: code ?? -1, ...written })))
      onStart(() => child.kill("SIGINT"))
      return Effect.sync(() => void child.kill("SIGKILL"))
    })
  )

layer(Stub.layer)("the souk process", (it) => {
  it.effect(
    "flushes its output before it fails, and ends with the right exit code",
    () =>
      Effect.gen(function* () {
        const line = "( souk order list --customer flaky --limit 1000 --json ) | wc -l"
        const { code, stderr, stdout } = yield* shell(line)
        assert.deepStrictEqual([code, Number(stdout)], [1, 100])
        assert.strictEqual(JSON.parse(stderr).error.code, "unavailable")
      }),
    startMsMax
  )

  it.effect(
    "ends without an error when its reader closes the pipe",
    () =>
      Effect.gen(function* () {
        const line = "( souk order list --limit 1000 --json ) | head -1"
        const { code, stderr, stdout } = yield* shell(line)
        assert.strictEqual(JSON.parse(stdout).id, Stub.orderNumber(0).id)
        assert.deepStrictEqual([code, stderr], [0, ""])
      }),
    startMsMax
  )

  it.effect(
    "ends at once when interrupted, and prints what may have happened",
    () =>
      Effect.gen(function* () {
        const { asked } = yield* Stub.StubShop
        const ran = yield* shell("souk stock receive SLOW-1 --quantity 5", (kill) => {
          const timer = setInterval(() => {
            if (asked.some(({ url }) => url.includes("SLOW-1"))) {
              clearInterval(timer)
              kill()
            }
          }, 20)
        })
        assert.strictEqual(ran.code, 130)
        assert.include(ran.stderr, "it may have been done, or not")
        assert.include(ran.stderr, "--idempotency-key")
      }),
    startMsMax
  )

  it.effect(
    "never waits for input without a terminal",
    () =>
      Effect.gen(function* () {
        const line = `souk refund create ${paid("captured", 61)} --reason late`
        const { code, stderr, stdout } = yield* shell(line)
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.include(stderr, "--yes is missing")
      }),
    startMsMax
  )

  it.effect(
    "refuses text that is not UTF-8: from a pipe, a file, or the command line",
    () =>
      Effect.gen(function* () {
        const { asked } = yield* Stub.StubShop
        const before = asked.length
        const csv = String.raw`printf 'sku,quantity,reason\nLAMP,1,ok\nLAMP,1,M\xf6bel\n'`
        const piped = yield* shell(`${csv} | ( souk stock receive --file - )`)
        assert.strictEqual(piped.code, 2)
        assert.include(piped.stderr, "line 3 of stdin is not UTF-8")
        const file = `f=$(mktemp); trap 'rm $f' EXIT; ${csv} >$f; ( souk stock receive --file $f )`
        const read = yield* shell(file)
        assert.strictEqual(read.code, 2)
        assert.match(read.stderr, /line 3 of \/\S+ is not UTF-8/)
        const reason = String.raw`--reason $'M\xf6bel'`
        const typed = yield* shell(`souk stock receive LAMP 1 ${reason}`)
        assert.strictEqual(typed.code, 2)
        assert.match(typed.stderr, /argument 6, .* is not UTF-8/)
        assert.strictEqual(asked.length, before)
      }),
    startMsMax
  )
})
