/**
 * A database of its own for each caller: cloned from the migrated template, dropped afterwards.
 */
import type { PgClient } from "@effect/sql-pg"
import type { SqlClient } from "@effect/sql"
import { type Context, Effect, Layer, Redacted, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import { Database } from "../../src/database/Database.ts"
import * as Session from "../../src/database/Session.ts"
import * as SqlPool from "../../src/database/SqlPool.ts"
import { withDatabase } from "./PgServer.ts"

/** A new database at each call. `from` names another template, such as the empty `template0`. */
export const make = Effect.fnUntraced(function* (
  from?: string
): Effect.fn.Return<Context.Tag.Service<Database>, never, Scope.Scope> {
  const { url, template } = inject("postgres")
  const admin = Redacted.make(url)
  const name = `test_${randomUUID().replaceAll("-", "")}`
  yield* Effect.acquireRelease(
    administer(admin, `CREATE DATABASE ${name} TEMPLATE ${from ?? template}`),
    () => administer(admin, `DROP DATABASE ${name} WITH (FORCE)`)
  )
  return { kind: "external", url: withDatabase(admin, name), lost: Effect.never }
})

/** One database for all that is built together with this layer, and a new one for the next. */
export const database: Layer.Layer<Database> = Layer.scoped(Database, make())

/** The database, and the shop's own pool of connections to it. */
export const layer: Layer.Layer<Database | PgClient.PgClient | SqlClient.SqlClient> =
  SqlPool.layer.pipe(Layer.orDie, Layer.provideMerge(database))

const administer = (url: Redacted.Redacted, statement: string) =>
  Session.open(url, "souk test").pipe(
    Effect.flatMap((session) => session.run(statement)),
    Effect.scoped,
    Effect.orDie // A test cannot go on without its database.
  )
