/** Readiness, checked in Postgres and in the cluster. */
import { EntityId, ShardId, Sharding } from "@effect/cluster"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { shardsPerGroup } from "../cluster/Cluster.ts"
import { ShardOwnership } from "../cluster/ShardOwnership.ts"
import { Readiness, type ReadinessCheck } from "../cluster/Readiness.ts"
import { Reminders } from "../reminder/Reminder.ts"

/** How long a reminder may be overdue, or an event unread, before the process is not ready. */
const overdueMsMax = 30_000
const unreadMsMax = 30_000

const shardNumbers = Array.from({ length: shardsPerGroup }, (_, index) => index + 1)

/** How long one check may take. */
const patienceMs = 3_000

const AgeRow = Schema.Struct({ age_ms: Schema.NullOr(Schema.Number) })
const decodeAges = Schema.decodeUnknown(Schema.NonEmptyArray(AgeRow))

const judged = <E>(
  name: ReadinessCheck["name"],
  check: Effect.Effect<Omit<ReadinessCheck, "name">, E>
): Effect.Effect<ReadinessCheck> =>
  check.pipe(
    Effect.timeout(patienceMs),
    Effect.map((verdict) => ({ name, ...verdict })),
    Effect.catchAllCause(() => Effect.succeed({ name, isOk: false, detail: "no answer" }))
  )

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const reminders = yield* Reminders
  const sharding = yield* Sharding.Sharding
  const ownership = yield* ShardOwnership
  // An assigned transaction id makes this a commit like any other, on a server that can write.
  const database = Effect.as(sql`SELECT pg_current_xact_id()`, { isOk: true, detail: "commits" })
  const shards = Effect.sync(() => {
    const count = ownership.count()
    if (count !== undefined) {
      // A shard that the cluster assigned here, but without a lease, is served by no process.
      const given = shardNumbers.filter((n) => sharding.hasShardId(ShardId.make("default", n)))
      const unserved = given.filter(
        (n) => ownership.epoch(String(ShardId.make("default", n))) === undefined
      ).length
      const detail = unserved === 0 ? `${count} owned` : `${count} owned, ${unserved} not served`
      return { isOk: count > 0 && unserved === 0, detail }
    }
    const isOk = sharding.hasShardId(sharding.getShardId(EntityId.make("readiness"), "default"))
    return { isOk, detail: isOk ? "owned" : "not owned yet" }
  })
  const sagas = Effect.map(reminders.overdueMs, (ms) => ({
    isOk: ms <= overdueMsMax,
    detail: `oldest overdue for ${Math.round(ms)} ms`
  }))
  // One that is rebuilt has old events to read, and must only make progress. A
  // disabled one waits for an operator, and does not take the whole runner out of service.
  const unread = sql`
    SELECT (extract(epoch FROM clock_timestamp() - min(
      CASE WHEN reader.position < reader.rebuild_to THEN reader.moved_at ELSE event.recorded_at END
    )) * 1000)::float8 AS age_ms
    FROM projection_cursor AS reader
    CROSS JOIN LATERAL (
      SELECT recorded_at FROM journal WHERE position > reader.position ORDER BY position LIMIT 1
    ) AS event
    WHERE reader.disabled_at IS NULL`
  const readModels = Effect.gen(function* () {
    const [{ age_ms }] = yield* decodeAges(yield* unread)
    const ms = Math.round(age_ms ?? 0)
    return { isOk: ms <= unreadMsMax, detail: `oldest unread event is ${ms} ms old` }
  })
  return Readiness.of({
    check: Effect.all(
      [
        judged("database", database),
        judged("shards", shards),
        judged("sagas", sagas),
        judged("read_models", readModels)
      ],
      { concurrency: "unbounded" }
    )
  })
})

export const layer: Layer.Layer<
  Readiness,
  never,
  SqlClient.SqlClient | Reminders | Sharding.Sharding
> = Layer.effect(Readiness, make)
