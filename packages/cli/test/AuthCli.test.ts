/** `souk key` and `souk user`. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { souk } from "./support/Souk.ts"
import { keyId, userId } from "./support/StubRooms.ts"
import * as Stub from "./support/StubShop.ts"

const unknown = "0000000000000009"

layer(Stub.layer)("souk key and souk user", (it) => {
  it.effect("create prints only the key on stdout, for pipes", () =>
    Effect.gen(function* () {
      const args = ["key", "create", "--name", "report", "--scopes", "orders:read,orders:all"]
      const { code, stderr, stdout } = yield* souk(args)
      assert.deepStrictEqual([code, stdout], [0, "sk_dead_beef\n"])
      assert.include(stderr, "this once")
      const told = JSON.parse((yield* souk([...args, "--json"])).stdout)
      assert.deepInclude(told, { id: keyId, key: "sk_dead_beef", name: "report" })
    })
  )

  it.effect("create validates scopes, and the shop which of them may be given", () =>
    Effect.gen(function* () {
      const make = (scopes: string) => souk(["key", "create", "--name", "x", "--scopes", scopes])
      const unknown = yield* make("orders:raed")
      assert.strictEqual(unknown.code, 2)
      assert.include(unknown.stderr, "orders:read")
      assert.strictEqual((yield* make("")).code, 2)
      assert.strictEqual((yield* make("keys:write")).code, 4)
    })
  )

  it.effect("list never shows a key", () =>
    Effect.gen(function* () {
      const { stdout } = yield* souk(["key", "list", "--json"])
      assert.strictEqual(JSON.parse(stdout).hint, "beef")
      assert.notInclude(stdout, "sk_dead")
    })
  )

  it.effect("rotate and revoke name the key by its id; revoke asks first", () =>
    Effect.gen(function* () {
      const next = yield* souk(["key", "rotate", keyId, "--overlap", "60"])
      assert.strictEqual(next.stdout, "sk_dead_beef\n")
      assert.strictEqual((yield* souk(["key", "revoke", keyId], { stdin: "" })).code, 2)
      const end = yield* souk(["key", "revoke", keyId], { isTerminal: true, typed: "y" })
      assert.strictEqual(end.code, 0)
      assert.match(end.stdout, new RegExp(`^${keyId} is revoked since .+; it was for: warehouse.`))
      assert.strictEqual((yield* souk(["key", "revoke", `key_${unknown}`, "--yes"])).code, 5)
      assert.strictEqual((yield* souk(["key", "revoke", "sk_dead_beef", "--yes"])).code, 2)
    })
  )

  it.effect("list shows users; set-role sets their role", () =>
    Effect.gen(function* () {
      assert.include((yield* souk(["user", "list"])).stdout, "ada@example.com")
      const set = (id: string, role: string) => souk(["user", "set-role", id, "--role", role, "-y"])
      const { code, stdout } = yield* set(userId, "seller")
      assert.deepStrictEqual([code, stdout], [0, "ada@example.com is a seller now.\n"])
      assert.strictEqual((yield* set(`usr_${unknown}`, "seller")).code, 5)
      assert.strictEqual((yield* set(userId, "king")).code, 2)
    })
  )
})
