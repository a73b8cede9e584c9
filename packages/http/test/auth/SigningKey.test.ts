/** The key that signs access tokens: created once in a private file, or configured and checked. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SigningKey, SigningKeyUnusable } from "@souk/http/auth/SigningKey"
import * as SigningKeys from "@souk/http/auth/SigningKey"
import { ConfigProvider, Effect, Layer } from "effect"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const started = (configuration: Readonly<Record<string, string>>) =>
  SigningKey.pipe(
    Effect.provide(SigningKeys.layer.pipe(Layer.provide(NodeContext.layer))),
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(configuration))))
  )

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "souk-auth-key-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

describe("the signing key", () => {
  it.scoped("is created once, readable by its owner only", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* folder, "data")
      const first = yield* started({ SOUK_DATA_DIR: dataDir })
      const again = yield* started({ SOUK_DATA_DIR: dataDir })
      assert.deepStrictEqual(again.publicKey, first.publicKey)
      assert.notProperty(first.publicKey, "d")
      const { mode } = yield* Effect.promise(() => stat(join(dataDir, "auth-key.json")))
      assert.strictEqual(mode & 0o777, 0o600)
      const other = yield* started({ SOUK_DATA_DIR: join(yield* folder, "data") })
      assert.notStrictEqual(other.publicKey.kid, first.publicKey.kid)
    })
  )

  it.scoped("can be configured, for several processes", () =>
    Effect.gen(function* () {
      const dataDir = yield* folder
      const { publicKey } = yield* started({ SOUK_DATA_DIR: dataDir })
      const key = yield* Effect.promise(() => readFile(join(dataDir, "auth-key.json"), "utf8"))
      const given = yield* started({ SOUK_AUTH_KEY: key, SOUK_DATA_DIR: "/nowhere/at/all" })
      assert.deepStrictEqual(given.publicKey, publicKey)
    })
  )

  it.scoped("that is malformed is refused at start, and not printed", () =>
    Effect.gen(function* () {
      for (const key of ["secret", "{}", '{"kty":"oct","k":"c2VjcmV0"}']) {
        const refused = yield* Effect.flip(started({ SOUK_AUTH_KEY: key }))
        assert.instanceOf(refused, SigningKeyUnusable)
        assert.include(refused.message, "SOUK_AUTH_KEY")
        assert.notInclude(refused.message, key)
      }
      const bad = '{"kty":"OKP","crv":"Ed25519","x":"AAAA","d":"c2VjcmV0"}'
      const broken = yield* Effect.flip(started({ SOUK_AUTH_KEY: bad }))
      assert.instanceOf(broken, SigningKeyUnusable)
      assert.notInclude(broken.message, "c2VjcmV0")
      const dataDir = yield* folder
      yield* Effect.promise(() => writeFile(join(dataDir, "auth-key.json"), ""))
      const empty = yield* Effect.flip(started({ SOUK_DATA_DIR: dataDir }))
      assert.include(String(empty), "auth-key.json")
    })
  )
})
