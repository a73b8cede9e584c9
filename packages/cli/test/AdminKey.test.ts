/** Where the admin key is read from, and that it is sent to no other server. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { souk } from "./support/Souk.ts"
import * as Stub from "./support/StubShop.ts"

const args = ["stock", "show", "TEAPOT-1"]

const notAllowed = 4
const misused = 2

/** A data dir with this key in it. */
const dataDir = (key: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = mkdtempSync(join(tmpdir(), "souk-cli-"))
      writeFileSync(join(path, "admin-key"), key)
      return path
    }),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )

layer(Stub.layer)("the admin key", (it) => {
  it.effect("is SOUK_ADMIN_KEY", () =>
    Effect.map(souk(args), ({ code }) => assert.strictEqual(code, 0))
  )

  it.scoped("is otherwise the one in the data dir", () =>
    Effect.gen(function* () {
      const SOUK_DATA_DIR = yield* dataDir(`${Stub.adminKey}\n`)
      const { code, stderr } = yield* souk(args, { env: { SOUK_ADMIN_KEY: "", SOUK_DATA_DIR } })
      assert.strictEqual(code, 0, stderr)
    })
  )

  it.scoped("is first of all the one in a named file", () =>
    Effect.gen(function* () {
      const path = yield* dataDir(Stub.adminKey)
      const env = { SOUK_ADMIN_KEY: "sk_wrong" }
      const { code } = yield* souk([...args, "--key-file", join(path, "admin-key")], { env })
      assert.strictEqual(code, 0)
    })
  )

  it.effect("is read from stdin, unless that is a terminal", () =>
    Effect.gen(function* () {
      const env = { SOUK_ADMIN_KEY: "" }
      const asked = [...args, "--key-file", "-"]
      const piped = yield* souk(asked, { env, stdin: `${Stub.adminKey}\n` })
      assert.strictEqual(piped.code, 0)
      const typed = yield* souk(asked, { env })
      assert.strictEqual(typed.code, misused)
      assert.include(typed.stderr, "stdin is a terminal")
    })
  )

  it.effect("is required before a request is sent", () =>
    Effect.gen(function* () {
      const { asked } = yield* Stub.StubShop
      const before = asked.length
      const env = { SOUK_ADMIN_KEY: "", SOUK_DATA_DIR: "/nowhere" }
      const { code, stderr } = yield* souk(args, { env })
      assert.strictEqual(code, notAllowed)
      assert.include(stderr, "/nowhere/admin-key: there is no such file")
      assert.include(stderr, "SOUK_ADMIN_KEY")
      assert.strictEqual(asked.length, before)
    })
  )

  it.scoped("of the data dir is not sent to a remote shop", () =>
    Effect.gen(function* () {
      const SOUK_DATA_DIR = yield* dataDir(Stub.adminKey)
      const SOUK_URL = "http://souk.invalid"
      const { code, stderr } = yield* souk(args, {
        env: { SOUK_URL, SOUK_ADMIN_KEY: "", SOUK_DATA_DIR }
      })
      assert.strictEqual(code, notAllowed)
      assert.include(stderr, "on this machine only")
    })
  )

  it.effect("that is unknown to the shop is refused", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* souk(args, { env: { SOUK_ADMIN_KEY: "sk_wrong" } })
      assert.strictEqual(code, notAllowed)
      assert.include(stderr, "does not accept this key")
      assert.notInclude(stderr, "sk_wrong")
    })
  )

  it.scoped("that is invalid is not sent, and not printed", () =>
    Effect.gen(function* () {
      const path = yield* dataDir("a secret\nin two lines")
      const file = yield* souk([...args, "--key-file", join(path, "admin-key")])
      assert.strictEqual(file.code, misused)
      assert.notInclude(file.stderr, "secret")
      const absent = yield* souk([...args, "--key-file", "/nowhere/key"])
      assert.strictEqual(absent.code, misused)
      assert.include(absent.stderr, "/nowhere/key: there is no such file")
    })
  )
})
