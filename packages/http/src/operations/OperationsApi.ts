/** Contract of operations: list reminders, resume an order. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { streamId } from "@souk/domain/kernel/Aggregate"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { OrderStatus } from "@souk/domain/order/OrderView"
import { PaymentStatus } from "@souk/domain/payment/PaymentView"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { query, whole } from "../Contract.ts"
import { at, orderId } from "../docs/ExampleShop.ts"
import { orderNotFound, orderPath } from "../order/OrderApi.ts"

/** The most reminders of a list. */
export const remindersMax = 500

/** When the sweeper resumes a stream. */
export const Reminder = Schema.Struct({
  stream: Schema.String,
  /** `saga`: the stream has pending intents. */
  name: Schema.String,
  dueAt: Timestamp,
  /** Milliseconds since `dueAt`; negative while that is in the future. */
  overdueMs: Schema.Int,
  /** How often the stream was resumed since the reminder was set. */
  attempts: Schema.Int,
  /** Why the last attempt that failed did so. */
  lastError: Schema.NullOr(Schema.String)
}).annotations({ identifier: "Reminder" })
export type Reminder = typeof Reminder.Type

const reminders = HttpApiEndpoint.get("reminders", "/v1/reminders")
  .annotate(OpenApi.Summary, "List reminders, oldest first")
  .annotate(Examples, {
    response: {
      Reminders: {
        data: [
          {
            stream: streamId("order", orderId),
            name: "saga",
            dueAt: at,
            overdueMs: -3_800,
            attempts: 1,
            lastError: "ActorUnavailable: order is moving to another runner"
          }
        ],
        at
      }
    }
  })
  .setUrlParams(query({ limit: Schema.optional(whole(1, remindersMax)) }))
  // `at` is the time of the database, by which reminders are due.
  .addSuccess(Schema.Struct({ data: Schema.Array(Reminder), at: Timestamp }))

/** An order and its payment after a resume, and what is still pending. */
export const Resumed = Schema.Struct({
  id: OrderId,
  status: OrderStatus,
  version: Schema.Int,
  /** Whether no intent is pending. */
  isAtRest: Schema.Boolean,
  waitsFor: Schema.Array(Schema.String),
  /** Missing until the payment has started. */
  payment: Schema.NullOr(PaymentStatus)
}).annotations({ identifier: "ResumedOrder" })
export type Resumed = typeof Resumed.Type

const resume = HttpApiEndpoint.post("resume", "/v1/orders/:id/resume")
  .annotate(OpenApi.Summary, "Resume an order, its payment and its shipment now")
  .annotate(Examples, {
    response: {
      ResumedOrder: {
        id: orderId,
        status: "pending",
        version: 3,
        isAtRest: false,
        waitsFor: ["the payment provider, to authorise 9.00 EUR"],
        payment: "pending"
      }
    }
  })
  .setPath(orderPath)
  .addSuccess(Resumed)
  .addError(orderNotFound)

export const OperationsApi = HttpApiGroup.make("operations")
  .annotate(Access, "shop:operate")
  .add(reminders)
  .add(resume)
  .middleware(Authentication)
