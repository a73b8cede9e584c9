/** Logins in their own table. */
import { SqlClient, type SqlError } from "@effect/sql"
import { idleMsMax, decideRefresh, lifeMsMax } from "@souk/domain/auth/SessionState"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { Account } from "./Accounts.ts"
import { type Rotation, type RotationOutcome, Sessions, sessionsMax } from "./Sessions.ts"

const RotatedRow = Schema.Struct({ doc: Account })

const SessionRow = Schema.Struct({
  doc: Account,
  token_hash: Schema.String,
  previous_hash: Schema.NullOr(Schema.String),
  salt: Schema.NullOr(Schema.String),
  client: Schema.String,
  started_ms: Schema.Number,
  rotated_ms: Schema.Number,
  now_ms: Schema.Number,
  is_revoked: Schema.Boolean
})
type SessionRow = typeof SessionRow.Type

const decodeRotated = Schema.decodeUnknownSync(Schema.Array(RotatedRow))
const decodeSessions = Schema.decodeUnknownSync(Schema.Array(SessionRow))

/** The outcome for a token that the conditional update did not match. */
const decisionOn = (row: SessionRow, presented: Rotation["presented"]) =>
  decideRefresh(
    {
      tokenHash: row.token_hash,
      previousHash: row.previous_hash ?? undefined,
      client: row.client,
      startedMs: row.started_ms,
      rotatedMs: row.rotated_ms,
      isRevoked: row.is_revoked
    },
    presented,
    row.now_ms
  )

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const revokeReused = (id: string) => sql`
    WITH revoked AS (
      UPDATE session SET revoked_at = clock_timestamp()
      WHERE id = ${id} AND revoked_at IS NULL
      RETURNING account_id
    )
    INSERT INTO security_event (type, subject, who, detail)
    SELECT 'RefreshTokenReused', account_id, 'system', json_build_object('session', ${id}::text)
    FROM revoked`
  const find = (id: string) => sql`
    SELECT account_doc(account) AS doc, token_hash, previous_hash, salt, client,
      (extract(epoch FROM started_at) * 1000)::float8 AS started_ms,
      (extract(epoch FROM rotated_at) * 1000)::float8 AS rotated_ms,
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
      revoked_at IS NOT NULL AS is_revoked
    FROM session JOIN account ON account.id = session.account_id
    WHERE session.id = ${id}`
  const rotate = ({ id, nextHash, presented, salt }: Rotation) => sql`
    UPDATE session SET previous_hash = token_hash, token_hash = ${nextHash}, salt = ${salt},
      client = ${presented.client}, rotated_at = clock_timestamp()
    FROM account
    WHERE session.id = ${id} AND account.id = session.account_id AND revoked_at IS NULL
      AND token_hash = ${presented.hash}
      AND rotated_at >= clock_timestamp() - ${idleMsMax}::float8 * interval '1 millisecond'
      AND started_at >= clock_timestamp() - ${lifeMsMax}::float8 * interval '1 millisecond'
    RETURNING account_doc(account) AS doc`
  return Sessions.of({
    open: ({ accountId, client, id, tokenHash }) =>
      sql`
        WITH forgotten AS (
          DELETE FROM session WHERE id IN (
            SELECT id FROM session WHERE account_id = ${accountId}
            ORDER BY rotated_at DESC OFFSET ${sessionsMax - 1}
          )
        )
        INSERT INTO session (id, account_id, token_hash, client)
        VALUES (${id}, ${accountId}, ${tokenHash}, ${client})`.pipe(Effect.asVoid, orUnavailable),
    rotate: (rotation) =>
      Effect.gen(function* (): Effect.fn.Return<RotationOutcome, SqlError.SqlError> {
        const [rotated] = decodeRotated(yield* rotate(rotation))
        if (rotated !== undefined) return { _tag: "Rotated", account: rotated.doc }
        const [row] = decodeSessions(yield* find(rotation.id))
        if (row === undefined) return { _tag: "Over" }
        const verdict = decisionOn(row, rotation.presented)
        if (verdict === "again" && row.salt !== null) {
          return { _tag: "Again", account: row.doc, salt: row.salt }
        }
        if (verdict !== "reused") return { _tag: "Over" }
        yield* revokeReused(rotation.id)
        return { _tag: "Reused" }
      }).pipe(orUnavailable),
    close: (id) =>
      Effect.asVoid(sql`
        UPDATE session SET revoked_at = clock_timestamp()
        WHERE id = ${id} AND revoked_at IS NULL`).pipe(orUnavailable)
  })
})

export const layer: Layer.Layer<Sessions, never, SqlClient.SqlClient> = Layer.effect(Sessions, make)
