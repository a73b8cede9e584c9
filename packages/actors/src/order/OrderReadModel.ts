/** The list of orders: newest first, by customer and by status. */
import { SqlClient } from "@effect/sql"
import type { CustomerId, OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { type OrderStatus, OrderView, patch, placed } from "@souk/domain/order/OrderView"
import { Context, Effect, Layer, Schema } from "effect"
import * as ListModel from "../projection/ListModel.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

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

export const { model, pages } = ListModel.make({
  table: "order_list",
  aggregate: OrderAggregate,
  key: "id",
  item: ListedOrder,
  fold: (before, event, { version }) => {
    if (event._tag === "OrderPlaced") return { ...placed(event), version }
    return before && { ...before, ...patch(event), version }
  },
  columns: { customer_id: "doc->>'customerId'", status: "doc->>'status'" }
})

export const layer: Layer.Layer<OrderReadModel, never, SqlClient.SqlClient> = Layer.effect(
  OrderReadModel,
  Effect.map(SqlClient.SqlClient, (sql) => {
    const page = pages(sql)
    return OrderReadModel.of({
      list: ({ customerId, status, ...query }) => {
        const byStatus = status === undefined ? [] : [sql`status = ${status}`]
        const byCustomer = customerId === undefined ? [] : [sql`customer_id = ${customerId}`]
        return page(byCustomer, byStatus, query)
      }
    })
  })
)
