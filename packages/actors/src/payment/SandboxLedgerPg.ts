/** The sandbox ledger in its own table. */
import { SqlClient } from "@effect/sql"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Effect, Layer, Option, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import { LedgerEntry, SandboxLedger } from "./SandboxLedger.ts"

const EntryRow = Schema.Struct({
  id: Schema.NumberFromString,
  order_id: LedgerEntry.fields.orderId,
  kind: LedgerEntry.fields.kind,
  status: LedgerEntry.fields.status,
  amount_minor: Schema.NumberFromString,
  currency: LedgerEntry.fields.amount.fields.currency,
  idempotency_key: Schema.String,
  at_ms: Schema.Number
})

const SettledRow = Schema.Struct({
  status: LedgerEntry.fields.status,
  code: Schema.NullOr(Schema.String)
})

const HistoryRow = Schema.Struct({
  is_final: Schema.Boolean,
  status: LedgerEntry.fields.status,
  code: Schema.NullOr(Schema.String),
  age_ms: Schema.Number
})

const decodeEntries = Schema.decodeUnknownSync(Schema.Array(EntryRow))
const decodeSettled = Schema.decodeUnknownSync(Schema.Array(SettledRow))
const decodeHistory = Schema.decodeUnknownSync(Schema.Array(HistoryRow))

const entryOf = (row: typeof EntryRow.Type): LedgerEntry => ({
  id: row.id,
  orderId: row.order_id,
  kind: row.kind,
  status: row.status,
  amount: { amountMinor: row.amount_minor, currency: row.currency },
  idempotencyKey: row.idempotency_key,
  at: Timestamp.fromMillis(row.at_ms)
})

const settledOf = ({ code, status }: typeof SettledRow.Type) => ({
  status,
  code: code ?? undefined
})

/** How many attempts of one key are read; far more than the sandbox needs to settle it. */
const attemptsMax = 100

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const settledBy = (key: string) =>
    Effect.map(
      sql`SELECT status, code FROM sandbox_ledger WHERE idempotency_key = ${key} AND is_final`,
      (rows) => Option.map(Option.fromNullable(decodeSettled(rows)[0]), settledOf)
    )
  return SandboxLedger.of({
    write: ({ amount, code, idempotencyKey, isFinal, kind, orderId, status }) =>
      sql`
        INSERT INTO sandbox_ledger
          (order_id, kind, status, code, amount_minor, currency, idempotency_key, is_final)
        VALUES (${orderId}, ${kind}, ${status}, ${code ?? null}, ${amount.amountMinor},
          ${amount.currency}, ${idempotencyKey}, ${isFinal})
        ON CONFLICT (idempotency_key) WHERE is_final DO NOTHING
        RETURNING status, code`.pipe(
        Effect.flatMap((rows) => {
          const written = decodeSettled(rows)[0]
          if (written !== undefined) return Effect.succeed(settledOf(written))
          const asWritten = () => ({ status, code })
          return Effect.map(settledBy(idempotencyKey), Option.getOrElse(asWritten))
        }),
        orUnavailable
      ),
    history: (key) =>
      sql`
        SELECT is_final, status, code,
          (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS age_ms
        FROM sandbox_ledger WHERE idempotency_key = ${key} ORDER BY id LIMIT ${attemptsMax}`.pipe(
        Effect.map((rows) => {
          const all = decodeHistory(rows)
          const open = all.filter(({ is_final }) => !is_final)
          const settled = Option.fromNullable(all.find(({ is_final }) => is_final))
          return {
            settled: Option.map(settled, settledOf),
            attempts: open.length,
            sinceFirstMs: open[0]?.age_ms ?? 0
          }
        }),
        orUnavailable
      ),
    list: (after, limit) =>
      sql`
        SELECT id::text, order_id, kind, status, amount_minor::text, currency, idempotency_key,
          (extract(epoch FROM at) * 1000)::float8 AS at_ms
        FROM sandbox_ledger WHERE id > ${after}
        ORDER BY sandbox_ledger.id LIMIT ${limit}`.pipe(
        Effect.map((rows) => {
          const data = decodeEntries(rows).map(entryOf)
          return { data, next: data.at(-1)?.id ?? after }
        }),
        orUnavailable
      )
  })
})

export const layer: Layer.Layer<SandboxLedger, never, SqlClient.SqlClient> = Layer.effect(
  SandboxLedger,
  make
)
