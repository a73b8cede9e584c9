/** Failed login attempts in their own table, counted by one statement. */
import { SqlClient } from "@effect/sql"
import type { Policy } from "@souk/domain/auth/Throttling"
import { Effect, Layer, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { LoginThrottle } from "./LoginThrottle.ts"

/** Beyond this many doublings any delay has reached its maximum. */
const doublingsMax = 30

const decodeWaits = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ wait_ms: Schema.Number }))
)

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  /** Counts; returns no row while attempts are refused. Agrees with `attempt` of Throttling. */
  const count = (subject: string, policy: Policy) => {
    const { delayMs, delayMsMax, failuresFree, memoryMs } = policy
    const delay = (failures: number) =>
      failures > failuresFree ? Math.min(delayMs, delayMsMax) : 0
    return sql`
      INSERT INTO login_throttle AS throttle (subject, failures, last_at, blocked_until)
      VALUES (${subject}, 1, statement_timestamp(),
        statement_timestamp() + ${delay(1)}::float8 * interval '1 millisecond')
      ON CONFLICT (subject) DO UPDATE SET (failures, last_at, blocked_until) = (
        SELECT failures, statement_timestamp(), statement_timestamp() + interval '1 millisecond' *
          CASE WHEN failures <= ${failuresFree}::integer THEN 0 ELSE least(${delayMsMax}::float8,
            ${delayMs}::float8 * 2 ^ least(failures - ${failuresFree}::integer - 1,
              ${doublingsMax}::integer)) END
        FROM (SELECT CASE WHEN throttle.last_at < statement_timestamp()
            - ${memoryMs}::float8 * interval '1 millisecond'
          THEN 1 ELSE throttle.failures + 1 END AS failures) AS next
      )
      WHERE throttle.blocked_until <= statement_timestamp()
      RETURNING 0::float8 AS wait_ms`
  }
  const remaining = (subject: string) => sql`
    SELECT greatest(1, extract(epoch FROM blocked_until - statement_timestamp()) * 1000)::float8
      AS wait_ms
    FROM login_throttle WHERE subject = ${subject}`
  return LoginThrottle.of({
    attempt: (subject, policy) =>
      Effect.gen(function* () {
        const [counted] = decodeWaits(yield* count(subject, policy))
        if (counted !== undefined) return 0
        return decodeWaits(yield* remaining(subject))[0]?.wait_ms ?? 1
      }).pipe(orUnavailable),
    forgive: (subject, what) =>
      Effect.asVoid(
        what === "all"
          ? sql`
            DELETE FROM login_throttle
            WHERE subject = ${subject} OR last_at < statement_timestamp() - interval '1 day'`
          : sql`
            UPDATE login_throttle SET failures = greatest(0, failures - 1)
            WHERE subject = ${subject}`
      ).pipe(orUnavailable)
  })
})

export const layer: Layer.Layer<LoginThrottle, never, SqlClient.SqlClient> = Layer.effect(
  LoginThrottle,
  make
)
