/** The contract of what operators do: see what is due, and have it looked at now. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { OrderStatus } from "@souk/domain/order/OrderView"
import { PaymentStatus } from "@souk/domain/payment/PaymentView"
import { Schema } from "effect"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { query, whole } from "../Contract.ts"
import { orderNotFound, orderPath } from "../order/OrderApi.ts"

/** The most rows of what is due. */
export const dueRowsMax = 500

/** A stream that the sweeper looks at when its time has come. */
export const DueRow = Schema.Struct({
  stream: Schema.String,
  dueAt: Timestamp,
  /** By how many milliseconds it is overdue; less than nothing when its time is to come. */
  overdueMs: Schema.Int,
  /** How often the sweeper has looked at it since its last event. */
  attempts: Schema.Int
}).annotations({ identifier: "DueRow" })
export type DueRow = typeof DueRow.Type

const due = HttpApiEndpoint.get("due", "/v1/saga-due")
  .annotate(OpenApi.Summary, "What the sweeper will look at, oldest first")
  .setUrlParams(query({ limit: Schema.optional(whole(1, dueRowsMax)) }))
  // `at` is the time of the database, by which rows become due.
  .addSuccess(Schema.Struct({ data: Schema.Array(DueRow), at: Timestamp }))

/** An order and its payment after they were reminded, and what is still open. */
export const Reminded = Schema.Struct({
  id: OrderId,
  status: OrderStatus,
  version: Schema.Int,
  /** Whether nothing is owed any more. */
  isAtRest: Schema.Boolean,
  waitsFor: Schema.Array(Schema.String),
  /** Nothing before a payment was asked for. */
  payment: Schema.NullOr(PaymentStatus)
}).annotations({ identifier: "RemindedOrder" })
export type Reminded = typeof Reminded.Type

const remind = HttpApiEndpoint.post("remind", "/v1/orders/:id/reminder")
  .annotate(OpenApi.Summary, "Have an order, its payment and its shipment look at themselves now")
  .setPath(orderPath)
  .addSuccess(Reminded)
  .addError(orderNotFound)

export const OperationsApi = HttpApiGroup.make("operations")
  .annotate(Access, "shop:operate")
  .add(due)
  .add(remind)
  .middleware(Authentication)
