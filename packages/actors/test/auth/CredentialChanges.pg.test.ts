/** What Postgres tells processes that remember credentials, and what they do when it cannot. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { ApiKeyId, UserId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Redacted } from "effect"
import { Accounts } from "../../src/auth/Accounts.ts"
import { ApiKeys } from "../../src/auth/ApiKeys.ts"
import { CredentialChanges } from "../../src/auth/CredentialChanges.ts"
import { applicationName } from "../../src/auth/CredentialChangesPg.ts"
import * as IdentityPg from "../../src/auth/IdentityPg.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"

const layer = IdentityPg.layer.pipe(Layer.provideMerge(TestPg.layer))

/** Counts what is told, and waits for more than was told before an effect. */
const makeListener = Effect.gen(function* () {
  let told = 0
  const { follow } = yield* CredentialChanges
  yield* follow(Effect.sync(() => void told++))
  yield* eventually(Effect.sync(() => told > 0))
  return {
    told: () => told,
    isToldOf: <A, E, R>(change: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => {
        const before = told
        return Effect.zipLeft(change, eventually(Effect.sync(() => told > before)))
      })
  }
})

describe("a change of credentials", () => {
  it.scopedLive("is told to all who follow: a revocation, a rotation, a role", () =>
    Effect.gen(function* () {
      const listener = yield* makeListener
      const keys = yield* ApiKeys
      const accounts = yield* Accounts
      const ownerId = UserId.make("usr_00000000000000000000")
      const id = ApiKeyId.make("key_000000000000000000000000")
      const passwordHash = Redacted.make("hash")
      const ada = { id: ownerId, email: "ada@example.com", name: "Ada", passwordHash }
      yield* accounts.register(ada)
      yield* keys.create(
        { id, name: "a", scopes: ["orders:read"], ownerId, hash: "one", hint: "…" },
        "admin"
      )
      const before = listener.told()
      yield* keys.find("one")
      yield* Effect.sleep("200 millis")
      assert.strictEqual(listener.told(), before, "a use is no change")
      yield* listener.isToldOf(accounts.setRole(ownerId, "seller", "admin"))
      yield* listener.isToldOf(keys.rotate(id, { hash: "two", hint: "…", overlapMs: 0 }, "admin"))
      yield* listener.isToldOf(keys.revoke(id, "admin"))
    }).pipe(Effect.provide(layer))
  )

  it.scopedLive("may have been missed while the connection was away, so all is forgotten", () =>
    Effect.gen(function* () {
      const listener = yield* makeListener
      const sql = yield* SqlClient.SqlClient
      const end = sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = ${applicationName} AND datname = current_database()`
      yield* listener.isToldOf(end)
      const isBack = sql<{ n: number }>`SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE application_name = ${applicationName} AND datname = current_database()
          AND state = 'idle' AND query LIKE 'LISTEN%'`
      yield* eventually(Effect.map(isBack, ([row]) => row?.n === 1))
      yield* listener.isToldOf(sql`UPDATE account SET role = 'customer'`)
    }).pipe(Effect.provide(layer))
  )
})
