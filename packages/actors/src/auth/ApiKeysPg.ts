/** API keys in their own table. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Option, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import { ApiKey, ApiKeys, ShownKey, touchMsMin } from "./ApiKeys.ts"

const decodeDocs = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ doc: ApiKey })))

const decodeShown = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ doc: ShownKey, is_stale: Schema.Boolean }))
)

const first = (rows: unknown) => Option.fromNullable(decodeDocs(rows)[0]?.doc)

/** The key of this hash, if it is valid; records its use. */
const lookUp = (sql: SqlClient.SqlClient, hash: string) =>
  Effect.gen(function* () {
    const [shown] = decodeShown(
      yield* sql`
          SELECT jsonb_strip_nulls(jsonb_build_object('id', api_key.id, 'ownerId', owner_id,
              'ownerRole', coalesce(account.role, 'admin'), 'scopes', scopes)) AS doc,
            coalesce(last_used_at <
              clock_timestamp() - ${touchMsMin}::float8 * interval '1 millisecond', true)
              AS is_stale
          FROM api_key LEFT JOIN account ON account.id = owner_id
          WHERE revoked_at IS NULL AND (hash = ${hash}
            OR (previous_hash = ${hash} AND previous_until > clock_timestamp()))`
    )
    if (shown?.is_stale === true) {
      yield* sql`
          UPDATE api_key SET last_used_at = date_trunc('milliseconds', clock_timestamp())
          WHERE id = ${shown.doc.id}`
    }
    return Option.fromNullable(shown?.doc)
  })

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const page = ListPage.make({ sql, table: "api_key_list", key: "id", item: ApiKey })
  return ApiKeys.of({
    create: ({ hash, hint, id, name, ownerId, scopes }, who) =>
      sql`
        WITH made AS (
          INSERT INTO api_key (id, name, scopes, owner_id, hash, hint)
          VALUES (${id}, ${name}, string_to_array(${scopes.join(" ")}, ' '), ${ownerId ?? null},
            ${hash}, ${hint})
          RETURNING api_key
        ), told AS (
          INSERT INTO security_event (type, subject, who, detail)
          SELECT 'ApiKeyCreated', (api_key).id, ${who},
            json_build_object('name', (api_key).name, 'scopes', (api_key).scopes)
          FROM made
        )
        SELECT api_key_doc(api_key) AS doc FROM made`.pipe(
        orUnavailable,
        Effect.flatMap((rows) => Effect.orDie(first(rows)))
      ),
    list: (query) => page([], [], query),
    rotate: (id, { hash, hint, overlapMs }, who) =>
      sql`
        WITH rotated AS (
          UPDATE api_key SET previous_hash = api_key.hash, hash = ${hash}, hint = ${hint},
            previous_until = date_trunc('milliseconds', clock_timestamp())
              + ${overlapMs}::float8 * interval '1 millisecond'
          WHERE id = ${id} AND revoked_at IS NULL
          RETURNING api_key
        ), told AS (
          INSERT INTO security_event (type, subject, who, detail)
          SELECT 'ApiKeyRotated', (api_key).id, ${who},
            json_build_object('overlapMs', ${overlapMs}::float8)
          FROM rotated
        )
        SELECT api_key_doc(api_key) AS doc FROM rotated`.pipe(Effect.map(first), orUnavailable),
    revoke: (id, who) =>
      sql`
        WITH before AS (
          SELECT id, revoked_at FROM api_key WHERE id = ${id} FOR UPDATE
        ), revoked AS (
          UPDATE api_key SET
            revoked_at = coalesce(before.revoked_at, date_trunc('milliseconds', clock_timestamp()))
          FROM before WHERE api_key.id = before.id
          RETURNING api_key, before.revoked_at AS was
        ), told AS (
          INSERT INTO security_event (type, subject, who, detail)
          SELECT 'ApiKeyRevoked', (api_key).id, ${who}, '{}' FROM revoked WHERE was IS NULL
        )
        SELECT api_key_doc(api_key) AS doc FROM revoked`.pipe(Effect.map(first), orUnavailable),
    find: (hash) => orUnavailable(lookUp(sql, hash))
  })
})

export const layer: Layer.Layer<ApiKeys, never, SqlClient.SqlClient> = Layer.effect(ApiKeys, make)
