/** Dead letters in their own table, and their redelivery to the subscriptions of this program. */
import { SqlClient, type SqlError } from "@effect/sql"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import { Duration, Effect, Layer, Option, Schema } from "effect"
import type { SecurityEventType } from "../auth/SecurityLog.ts"
import { type Journal, type JournalUnavailable, orUnavailable } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import {
  DeadLetter,
  type DeadLetterId,
  DeadLetters,
  DeadLetterWithBody,
  letterRequestMax,
  type Resolved,
  type Selection
} from "./DeadLetters.ts"
import * as Delivery from "./Delivery.ts"

/** How many dead letters one transaction resolves: it holds the cursors of their sources. */
const chunkMax = 50

/** After so long a request answers with what it has done, and that there is more. */
const requestMsMax = 15_000

/** How long a dead letter is kept once it is resolved, and how many are deleted at a time. */
const keptDays = 90
const sweepMax = 1_000
const sweepEvery = Duration.hours(1)

/** A waiting lock fails a request that then holds up nothing else. */
const lockTimeout = (sql: SqlClient.SqlClient) => sql`SET LOCAL lock_timeout = '5s'`

const Letter = Schema.Struct({
  number: Schema.NumberFromString,
  source: Schema.String,
  position: Schema.NullOr(Schema.NumberFromString),
  stream: Schema.NullOr(Schema.String)
})
type Letter = typeof Letter.Type
const decodeLetters = Schema.decodeUnknownSync(Schema.Array(Letter))
const decodeFull = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ doc: DeadLetterWithBody }))
)

type Trouble = SqlError.SqlError | JournalUnavailable

const idOf = (number: number) => DeadLetter.fields.id.make(`dl_${number}`)
const numberOf = (id: DeadLetterId) => id.slice(3)

type Resolution = "replayed" | "discarded"

const securityEvents: Readonly<Record<Resolution, SecurityEventType>> = {
  replayed: "DeadLettersReplayed",
  discarded: "DeadLettersDiscarded"
}

/** How one request resolves dead letters. */
interface Order {
  readonly resolution: Resolution
  readonly who: string
  /** Why they are discarded. */
  readonly reason?: string
}

class Letters {
  readonly #sql: SqlClient.SqlClient
  readonly #subscriptions: ReadonlyMap<string, Delivery.Subscription>

  constructor(sql: SqlClient.SqlClient, subscriptions: ReadonlyMap<string, Delivery.Subscription>) {
    this.#sql = sql
    this.#subscriptions = subscriptions
  }

  /** The open ones that are selected, oldest first, and one more than a request takes. */
  select(selection: Selection) {
    const sql = this.#sql
    const conditions =
      "ids" in selection
        ? [
            sql`id IN (SELECT jsonb_array_elements_text(
              ${JSON.stringify(selection.ids.map(numberOf))}::jsonb)::bigint)`
          ]
        : [
            sql`source = ${selection.source}`,
            ...(selection.reason === undefined ? [] : [sql`reason = ${selection.reason}`]),
            ...(selection.until === undefined
              ? []
              : [sql`date_trunc('milliseconds', died_at) <= ${selection.until}::timestamptz`])
          ]
    return Effect.map(
      sql`
        SELECT id::text AS number, source, dead_letter.position::text, stream FROM dead_letter
        WHERE resolved_at IS NULL AND ${sql.and(conditions)}
        ORDER BY dead_letter.id LIMIT ${letterRequestMax + 1}`,
      decodeLetters
    )
  }

  /** Marks it as resolved, unless another request has done so before. */
  #close({ number }: Letter, { resolution, who }: Order) {
    return Effect.map(
      this.#sql`
        UPDATE dead_letter SET resolved_at = clock_timestamp(), resolution = ${resolution},
          resolved_by = ${who}
        WHERE id = ${number} AND resolved_at IS NULL RETURNING id`,
      (rows) => rows.length === 1
    )
  }

  /** Opens it again with the failure that its redelivery has written down. */
  #reopen({ number, source, stream }: Letter) {
    const sql = this.#sql
    return Effect.gen(function* () {
      const [again] = yield* sql<{ detail: string; reason: string }>`
        DELETE FROM dead_letter WHERE source = ${source} AND stream = ${stream}
          AND resolved_at IS NULL RETURNING detail, reason`
      const { detail, reason } = again ?? { detail: "failed again", reason: "poison" }
      yield* sql`
        UPDATE dead_letter SET resolved_at = NULL, resolution = NULL, resolved_by = NULL,
          attempts = attempts + 1, detail = ${detail}, reason = ${reason}
        WHERE id = ${number}`
      return { id: idOf(number), detail }
    })
  }

  /** Resolves one; nothing where it was resolved before. */
  #resolve(letter: Letter, order: Order) {
    const { position, source, stream } = letter
    const subscription = this.#subscriptions.get(source)
    const id = idOf(letter.number)
    if (subscription === undefined || position === null || stream === null) {
      if (order.resolution === "replayed") {
        const detail = `this program has no subscription ${source}`
        return Effect.succeed({ id, detail })
      }
      return Effect.map(this.#close(letter, order), (is) => (is ? "resolved" : undefined))
    }
    return Effect.gen(this, function* () {
      const cursor = yield* Delivery.lockCursor(this.#sql, source)
      if (!(yield* this.#close(letter, order))) return undefined
      const streamId = Aggregate.idOf(stream)
      const range = { after: position - 1, through: cursor.position }
      const failed = yield* Delivery.redeliver(subscription, streamId, range)
      return failed?.position === position ? yield* this.#reopen(letter) : "resolved"
    })
  }

  /** Resolves a few in one transaction, with an entry in the security log. */
  #resolveChunk(chunk: ReadonlyArray<Letter>, order: Order) {
    const sql = this.#sql
    return Effect.gen(this, function* () {
      yield* lockTimeout(sql)
      const outcomes: Array<"resolved" | Resolved["failed"][number]> = []
      for (const letter of chunk) {
        const outcome = yield* this.#resolve(letter, order)
        if (outcome !== undefined) outcomes.push(outcome)
      }
      const failed = outcomes.flatMap((one) => (one === "resolved" ? [] : [one]))
      const resolved = outcomes.length - failed.length
      for (const source of new Set(chunk.map(({ source }) => source))) {
        yield* Delivery.judgeOpen(sql, source)
        const ids = chunk.filter((one) => one.source === source).map(({ number }) => idOf(number))
        const detail = JSON.stringify({
          ids,
          resolved,
          failed: failed.length,
          reason: order.reason
        })
        yield* sql`
          INSERT INTO security_event (type, subject, who, detail)
          VALUES (${securityEvents[order.resolution]}, ${source}, ${order.who}, ${detail}::json)`
      }
      return { resolved, failed }
    }).pipe(sql.withTransaction)
  }

  resolve(selection: Selection, order: Order): Effect.Effect<Resolved, Trouble, Needs> {
    return Effect.gen(this, function* () {
      const found = yield* this.select(selection)
      const letters = found.slice(0, letterRequestMax)
      let hasMore = found.length > letters.length
      let resolved = 0
      const failed: Array<Resolved["failed"][number]> = []
      const deadline = performance.now() + requestMsMax
      for (let at = 0; at < letters.length; at += chunkMax) {
        if (performance.now() > deadline) {
          hasMore = true
          break
        }
        const done = yield* this.#resolveChunk(letters.slice(at, at + chunkMax), order)
        resolved += done.resolved
        failed.push(...done.failed)
      }
      return { resolved, failed, hasMore }
    })
  }

  /** Deletes what was resolved long ago; says how many. */
  sweep() {
    return Effect.map(
      this.#sql`
        DELETE FROM dead_letter WHERE id IN (
          SELECT id FROM dead_letter
          WHERE resolved_at < clock_timestamp() - ${keptDays}::integer * interval '1 day'
          ORDER BY resolved_at LIMIT ${sweepMax} FOR UPDATE SKIP LOCKED
        ) RETURNING id`,
      (rows) => rows.length
    )
  }
}

type Needs = SqlClient.SqlClient | Journal

/** Deletes what is too old, now and every hour, in small statements. */
const sweep = (letters: Letters) =>
  letters.sweep().pipe(
    Effect.repeat({ while: (count) => count === sweepMax }),
    Effect.catchAllCause((cause) => Effect.logWarning("old dead letters were not deleted", cause)),
    Effect.zipRight(Effect.sleep(sweepEvery)),
    Effect.forever
  )

/** The service over these subscriptions. */
export const layer = (
  subscriptions: ReadonlyArray<Effect.Effect<Delivery.Subscription, never, SqlClient.SqlClient>>
): Layer.Layer<DeadLetters, never, Needs> =>
  Layer.scoped(
    DeadLetters,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const context = yield* Effect.context<Needs>()
      const all = yield* Effect.all(subscriptions)
      const letters = new Letters(sql, new Map(all.map((one) => [one.name, one])))
      const page = ListPage.make({ sql, table: "dead_letter_list", key: "id", item: DeadLetter })
      const resolve = (selection: Selection, order: Order) =>
        orUnavailable(Effect.provide(letters.resolve(selection, order), context))
      yield* Effect.forkScoped(sweep(letters))
      return DeadLetters.of({
        list: ({ fault, reason, source, ...query }) => {
          const conditions = [
            sql`resolved_at IS NULL`,
            ...(source === undefined ? [] : [sql`source = ${source}`]),
            ...(reason === undefined ? [] : [sql`reason = ${reason}`]),
            ...(fault === undefined ? [] : [sql`fault = ${fault}`])
          ]
          return page([], conditions, query)
        },
        get: (id) =>
          sql`
            SELECT doc || jsonb_build_object('body', body) AS doc FROM dead_letter_list
            WHERE id = ${id}`.pipe(
            Effect.map((rows) => Option.fromNullable(decodeFull(rows)[0]?.doc)),
            orUnavailable
          ),
        replay: (selection, who) => resolve(selection, { resolution: "replayed", who }),
        discard: (selection, reason, who) =>
          resolve(selection, { resolution: "discarded", who, reason })
      })
    })
  )
