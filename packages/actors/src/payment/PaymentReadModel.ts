/** The list of payments: newest first, by status; those that wait for the provider; the sums. */
import { SqlClient } from "@effect/sql"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Currency } from "@souk/domain/kernel/Money"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import { type CurrencyTotal, PaymentSummary, summarize } from "@souk/domain/payment/PaymentSummary"
import type { PaymentStatus } from "@souk/domain/payment/PaymentView"
import { Array as Arr, Context, Effect, Layer, Schema } from "effect"
import { type JournalUnavailable, orUnavailable, type RoomEvent } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import type { Page, PageFailure, PageQuery, ReadModel } from "../projection/ReadModel.ts"

export interface PaymentQuery extends PageQuery<OrderId> {
  readonly status?: PaymentStatus | undefined
}

/** A payment, by its place in the list: the position at which it began. */
export interface Placed {
  readonly orderId: OrderId
  readonly position: number
}

export interface PlaceQuery {
  /** Only payments that began after this position. */
  readonly after: number
  readonly limit: number
  /** Only payments to which the provider has owed an answer for so long; all without it. */
  readonly openForMs?: number | undefined
}

export class PaymentReadModel extends Context.Tag("@souk/actors/PaymentReadModel")<
  PaymentReadModel,
  {
    /** One page; a payment appears some moments after it began. */
    readonly list: (query: PaymentQuery) => Effect.Effect<Page<PaymentSummary>, PageFailure>
    /** Where payments are, the first one first. */
    readonly places: (query: PlaceQuery) => Effect.Effect<ReadonlyArray<Placed>, JournalUnavailable>
    /** What was taken and given back, by currency. */
    readonly totals: Effect.Effect<ReadonlyArray<CurrencyTotal>, JournalUnavailable>
  }
>() {}

const orderIdOf = ({ stream }: Pick<RoomEvent, "stream">): string =>
  stream.slice(stream.indexOf("-") + 1)

interface Row {
  readonly order_id: string
  readonly position: number
  readonly open_since: string | null
  readonly doc: PaymentSummary
}

const decodeDocs = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ doc: PaymentSummary })))

/** The rows after a page of events, of the payments it touches. */
const rows = (
  before: ReadonlyMap<string, PaymentSummary>,
  events: ReadonlyArray<RoomEvent>
): ReadonlyArray<Row> => {
  const byOrder = Arr.groupBy(events, orderIdOf)
  return Object.entries(byOrder).flatMap(([order_id, [first, ...others]]) => {
    const decoded = [first, ...others].map((recorded) =>
      PaymentAggregate.codec.decodeTrusted(recorded)
    )
    const doc = decoded.reduce(summarize, before.get(order_id))
    if (doc === undefined) return []
    // Of a payment that is there already, the position stays as it is.
    return [{ order_id, position: first.position, open_since: doc.open[0]?.since ?? null, doc }]
  })
}

/** The read model itself, for whoever keeps it up to date. */
export const model: Effect.Effect<ReadModel, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): ReadModel => ({
    name: "payment_list",
    room: "payment",
    clear: Effect.asVoid(sql`TRUNCATE payment_list`),
    ...ListPage.rows(sql, "payment_list", "order_id"),
    apply: (events) =>
      Effect.gen(function* () {
        if (events.length === 0) return
        const begun = new Set(events.filter(({ version }) => version === 1).map(orderIdOf))
        const older = [...new Set(events.map(orderIdOf))].filter((id) => !begun.has(id))
        const found =
          older.length === 0
            ? []
            : yield* sql`SELECT doc FROM payment_list WHERE order_id IN ${sql.in(older)}`
        const before = new Map(decodeDocs(found).map(({ doc }) => [doc.orderId as string, doc]))
        const after = JSON.stringify(rows(before, events))
        yield* sql`
          INSERT INTO payment_list
            (order_id, position, status, currency, captured, refunded, open_since, doc)
          SELECT order_id, position, doc->>'status', doc->'amount'->>'currency',
            (doc->'captured'->>'amountMinor')::bigint, (doc->'refunded'->>'amountMinor')::bigint,
            open_since, doc
          FROM jsonb_to_recordset(${after}::jsonb)
            AS row (order_id text, position bigint, open_since timestamptz, doc jsonb)
          ON CONFLICT (order_id) DO UPDATE SET
            status = EXCLUDED.status, captured = EXCLUDED.captured, refunded = EXCLUDED.refunded,
            open_since = EXCLUDED.open_since, doc = EXCLUDED.doc`
      })
  })
)

const PlaceRow = Schema.Struct({
  order_id: PaymentSummary.fields.orderId,
  position: Schema.NumberFromString
})
const decodePlaces = Schema.decodeUnknownSync(Schema.Array(PlaceRow))

const TotalRow = Schema.Struct({
  currency: Currency,
  payments: Schema.NumberFromString,
  captured: Schema.NumberFromString,
  refunded: Schema.NumberFromString
})
const decodeTotals = Schema.decodeUnknownSync(Schema.Array(TotalRow))

const totalOf = ({
  captured,
  currency,
  payments,
  refunded
}: typeof TotalRow.Type): CurrencyTotal => {
  const sum = (amountMinor: number) => ({ amountMinor, currency })
  return {
    payments,
    captured: sum(captured),
    refunded: sum(refunded),
    revenue: sum(captured - refunded)
  }
}

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const page = ListPage.make({
    sql,
    table: "payment_list",
    key: "order_id",
    item: PaymentSummary
  })
  return PaymentReadModel.of({
    list: ({ status, ...query }) =>
      page([], status === undefined ? [] : [sql`status = ${status}`], query),
    places: ({ after, limit, openForMs }) => {
      const old =
        openForMs === undefined
          ? sql`true`
          : sql`open_since <= now() - interval '1 millisecond' * ${openForMs}::float8`
      return sql`
        SELECT order_id, position::text FROM payment_list
        WHERE position > ${after} AND ${old}
        ORDER BY payment_list.position LIMIT ${limit}`.pipe(
        Effect.map((rows) =>
          decodePlaces(rows).map(({ order_id, position }) => ({ orderId: order_id, position }))
        ),
        orUnavailable
      )
    },
    totals: sql`
      SELECT currency, count(*)::text AS payments, sum(captured)::text AS captured,
        sum(refunded)::text AS refunded
      FROM payment_list GROUP BY currency ORDER BY currency`.pipe(
      Effect.map((rows) => decodeTotals(rows).map(totalOf)),
      orUnavailable
    )
  })
})

export const layer: Layer.Layer<PaymentReadModel, never, SqlClient.SqlClient> = Layer.effect(
  PaymentReadModel,
  make
)
