/** Accounts in Postgres keep the contract; what auditors read cannot be changed afterwards. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { UserId } from "@souk/domain/kernel/Ids"
import { Effect, Layer, Redacted } from "effect"
import { Accounts } from "../../src/auth/Accounts.ts"
import * as IdentityPg from "../../src/auth/IdentityPg.ts"
import * as TestPg from "../support/TestPg.ts"
import { identityContract } from "./IdentityContract.ts"

const layer = IdentityPg.layer.pipe(Layer.provideMerge(TestPg.layer))

/** Everything is so much older than it was. */
const pass = (ms: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const age = sql`${ms}::float8 * interval '1 millisecond'`
    yield* sql`
      UPDATE session SET started_at = started_at - ${age}, rotated_at = rotated_at - ${age}`
    yield* sql`UPDATE api_key SET previous_until = previous_until - ${age}`
    yield* sql`
      UPDATE login_throttle SET last_at = last_at - ${age}, blocked_until = blocked_until - ${age}`
    yield* sql`UPDATE verification_key SET good_until = good_until - ${age}`
  }).pipe(Effect.orDie)

identityContract({ name: "postgres", layer, pass })

describe("the security log", () => {
  it.effect("can be appended to, and nothing else", () =>
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const sql = yield* SqlClient.SqlClient
      const id = UserId.make("usr_00000000000000000000")
      const passwordHash = Redacted.make("hash")
      yield* accounts.register({ id, email: "ada@example.com", name: "Ada", passwordHash })
      for (const change of [
        sql`UPDATE security_event SET who = 'another'`,
        sql`DELETE FROM security_event`,
        sql`TRUNCATE security_event`
      ]) {
        const refused = yield* Effect.flip(change)
        assert.match(String(refused.cause), /append-only/)
      }
    }).pipe(Effect.provide(layer))
  )
})
