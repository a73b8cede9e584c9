/** The list of payments: newest first, by status, those that wait for the provider, and sums. */
import { SqlClient } from "@effect/sql"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Currency } from "@souk/domain/kernel/Money"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import { type CurrencyTotal, PaymentSummary, summarize } from "@souk/domain/payment/PaymentSummary"
import type { PaymentStatus } from "@souk/domain/payment/PaymentView"
import { Context, Effect, Layer, Schema } from "effect"
import { type JournalUnavailable, orUnavailable } from "../journal/Journal.ts"
import * as ListModel from "../projection/ListModel.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

export interface PaymentQuery extends PageQuery<OrderId> {
  readonly status?: PaymentStatus | undefined
}

/** A payment and its place in the list: the position of its first event. */
export interface Placed {
  readonly orderId: OrderId
  readonly position: number
}

export interface PlaceQuery {
  /** Only payments that began after this position. */
  readonly after: number
  readonly limit: number
  /** Only payments with a request that has been open for this long; all without it. */
  readonly openForMs?: number | undefined
}

export class PaymentReadModel extends Context.Tag("@souk/actors/PaymentReadModel")<
  PaymentReadModel,
  {
    /** One page; a payment appears some moments after it began. */
    readonly list: (query: PaymentQuery) => Effect.Effect<Page<PaymentSummary>, PageFailure>
    /** The places of payments, the oldest first. */
    readonly places: (query: PlaceQuery) => Effect.Effect<ReadonlyArray<Placed>, JournalUnavailable>
    /** The captured and refunded sums, by currency. */
    readonly totals: Effect.Effect<ReadonlyArray<CurrencyTotal>, JournalUnavailable>
  }
>() {}

export const { model, pages } = ListModel.make({
  table: "payment_list",
  aggregate: PaymentAggregate,
  key: "order_id",
  item: PaymentSummary,
  fold: summarize,
  columns: {
    status: "doc->>'status'",
    currency: "doc->'amount'->>'currency'",
    captured: "(doc->'captured'->>'amountMinor')::bigint",
    refunded: "(doc->'refunded'->>'amountMinor')::bigint",
    open_since: "(doc->'open'->0->>'since')::timestamptz"
  }
})

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
  const page = pages(sql)
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
