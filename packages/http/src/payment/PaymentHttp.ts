/** Payments over HTTP. */
import type { Sharding } from "@effect/cluster"
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { LocalActors } from "@souk/actors/cluster/LocalActors"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { PaymentReadModel } from "@souk/actors/payment/PaymentReadModel"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { CommandId, type OrderId, type RefundId } from "@souk/domain/kernel/Ids"
import { AmountNotPayable } from "@souk/domain/kernel/Money"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import {
  PaymentNotCaptured,
  PaymentNotFound,
  RefundCurrencyMismatch,
  RefundExceedsCaptured,
  RefundOfNothing,
  TooManyRefunds
} from "@souk/domain/payment/PaymentCommand"
import { Effect, type Layer, Stream } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import * as Ownership from "../auth/Ownership.ts"
import type { Drain } from "../Drain.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { events } from "@souk/actors/journal/StreamEvents"
import * as Page from "../Page.ts"
import { waiting } from "../Prefer.ts"
import { KeyReused } from "../Problem.ts"
import * as Rest from "../Rest.ts"
import * as NextActions from "./NextActions.ts"

type Needs =
  | Authentication
  | Drain
  | Journal
  | PaymentGateway
  | PaymentReadModel
  | Sharding.Sharding
  | LocalActors

/** The id of the command that asked for this refund first. */
const askedBy = (journal: Journal["Type"], orderId: OrderId, refundId: RefundId) =>
  events(journal, PaymentAggregate.streamId(orderId)).pipe(
    Stream.filter(
      ({ payload, type }) =>
        type === "PaymentRefundRequested" && "refundId" in payload && payload.refundId === refundId
    ),
    Stream.map(({ metadata }) => metadata.commandId),
    Stream.runHead
  )

/** How a refund may be refused. */
const refusals = [
  PaymentNotFound,
  PaymentNotCaptured,
  RefundExceedsCaptured,
  RefundOfNothing,
  RefundCurrencyMismatch,
  TooManyRefunds,
  AmountNotPayable
] as const

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "payments">,
  never,
  Needs
> = HttpApiBuilder.group(Api, "payments", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    /** The payment of another's order is as absent as the order. */
    const seen = (orderId: OrderId) =>
      Effect.flatMap(Asking.orUnavailable(orders.read(orderId)), ({ view }) =>
        view === undefined
          ? new PaymentNotFound()
          : Ownership.seen(view, () => new PaymentNotFound())
      )
    const journal = yield* Journal
    const pages = yield* PaymentReadModel
    const gateway = yield* PaymentGateway
    const untilRest = yield* Rest.make
    const nextActions = yield* NextActions.make
    return handlers
      .handle("get", ({ path: { orderId } }) =>
        Effect.gen(function* () {
          if ((yield* Ownership.onlyCustomer) !== undefined) yield* seen(orderId)
          const { view } = yield* Asking.orUnavailable(payments.read(orderId))
          if (view === undefined) return yield* new PaymentNotFound()
          return yield* nextActions.ofPayment(view)
        })
      )
      .handle("list", ({ urlParams: asked }) =>
        Effect.gen(function* () {
          const { status } = asked
          const page = yield* Page.read(asked, (query) => pages.list({ ...query, status }))
          return Page.reply({
            url: "/v1/payments",
            asked,
            ...page,
            idOf: ({ orderId }) => orderId
          })
        })
      )
      .handle("refund", ({ headers, path: { orderId }, payload }) =>
        Effect.gen(function* () {
          const url = `/v1/payments/${orderId}/refunds`
          const refundId = yield* Keyed.refundId(url, headers["idempotency-key"])
          const fingerprint = Keyed.fingerprint("POST", url, payload)
          const commandId = CommandId.make(`refund/${refundId}/${fingerprint}`)
          const { headers: applied, waitMs } = waiting(headers.prefer)
          const metadata = yield* Asking.metadata(commandId, orderId)
          // Without an amount it is all that is left, which can be moved as the whole could.
          const stepMinor = payload.amount ? gateway.stepMinor(payload.amount.currency) : 1
          const asked = { ...payload, stepMinor, who: metadata.who }
          const reply = yield* payments
            .handle(orderId, { _tag: "RefundPayment", orderId, refundId, ...asked }, metadata)
            .pipe(
              untilRest(payments, orderId, waitMs),
              Asking.refusedOnlyBy(...refusals),
              Asking.orUnavailable
            )
          const first = yield* Asking.orUnavailable(askedBy(journal, orderId, refundId))
          if (first._tag === "Some" && first.value !== commandId) return yield* new KeyReused()
          const refund = reply.view?.refunds.find(({ id }) => id === refundId)
          if (refund === undefined) return yield* Effect.dieMessage(`${refundId} is not there`)
          return HttpServerResponse.unsafeJson(refund, {
            status: refund.status === "pending" ? 202 : 201,
            headers: {
              ...applied,
              location: `/v1/payments/${orderId}`,
              ...(reply.isRepeat ? { "idempotent-replayed": "true" } : {})
            }
          })
        })
      )
  })
)
