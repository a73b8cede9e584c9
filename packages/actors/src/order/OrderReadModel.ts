/** The list of orders: newest first, by customer and by status. */
import { SqlClient } from "@effect/sql"
import type { CustomerId, OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { type OrderStatus, OrderView, patch } from "@souk/domain/order/OrderView"
import { Context, Effect, Layer, Schema } from "effect"
import type { RoomEvent } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import type { Page, PageFailure, PageQuery, ReadModel } from "../projection/ReadModel.ts"

export interface OrderQuery extends PageQuery<OrderId> {
  readonly status?: OrderStatus | undefined
  readonly customerId?: CustomerId | undefined
}

/** An order as it was at some version. */
export const ListedOrder = Schema.Struct({ ...OrderView.fields, version: Schema.Int })
export type ListedOrder = typeof ListedOrder.Type

export class OrderReadModel extends Context.Tag("@souk/actors/OrderReadModel")<
  OrderReadModel,
  {
    /** One page; an order appears some moments after it was placed. */
    readonly list: (query: OrderQuery) => Effect.Effect<Page<ListedOrder>, PageFailure>
  }
>() {}

interface Change {
  readonly id: string
  readonly position: number
  readonly isNew: boolean
  readonly patch: Partial<ListedOrder>
}

/** What a page of events changes, one entry an order. */
const changes = (events: ReadonlyArray<RoomEvent>): ReadonlyArray<Change> => {
  const byStream = new Map<string, Change>()
  for (const recorded of events) {
    const { position, stream, version } = recorded
    const before = byStream.get(stream)
    const id = stream.slice(stream.indexOf("-") + 1)
    byStream.set(stream, {
      id,
      position: before?.position ?? position,
      isNew: (before?.isNew ?? false) || version === 1,
      patch: { ...before?.patch, ...patch(OrderAggregate.codec.decodeTrusted(recorded)), version }
    })
  }
  return [...byStream.values()]
}

/** The read model itself, for whoever keeps it up to date. */
export const model: Effect.Effect<ReadModel, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): ReadModel => ({
    name: "order_list",
    room: "order",
    clear: Effect.asVoid(sql`TRUNCATE order_list`),
    ...ListPage.rows(sql, "order_list", "id"),
    apply: (events) =>
      Effect.gen(function* () {
        const all = changes(events)
        const added = all.filter(({ isNew }) => isNew)
        const changed = all.filter(({ isNew }) => !isNew)
        if (added.length > 0) {
          yield* sql`
            INSERT INTO order_list (id, position, customer_id, status, doc)
            SELECT id, position, patch->>'customerId', patch->>'status', patch
            FROM jsonb_to_recordset(${JSON.stringify(added)}::jsonb)
              AS change (id text, position bigint, patch jsonb)`
        }
        if (changed.length > 0) {
          yield* sql`
            UPDATE order_list SET
              status = coalesce(change.patch->>'status', order_list.status),
              doc = order_list.doc || change.patch
            FROM jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
              AS change (id text, patch jsonb)
            WHERE order_list.id = change.id`
        }
      })
  })
)

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const page = ListPage.make({ sql, table: "order_list", key: "id", item: ListedOrder })
  return OrderReadModel.of({
    list: ({ customerId, status, ...query }) => {
      const byStatus = status === undefined ? [] : [sql`status = ${status}`]
      const byCustomer = customerId === undefined ? [] : [sql`customer_id = ${customerId}`]
      return page(byCustomer, byStatus, query)
    }
  })
})

export const layer: Layer.Layer<OrderReadModel, never, SqlClient.SqlClient> = Layer.effect(
  OrderReadModel,
  make
)
