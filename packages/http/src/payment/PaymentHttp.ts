/** Payments over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import type { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { PaymentReadModel } from "@souk/actors/payment/PaymentReadModel"
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import { PaymentNotFound, type RefundPayment } from "@souk/domain/payment/PaymentCommand"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { Effect, Stream } from "effect"
import { Caller } from "../auth/Authentication.ts"
import * as ActorRequest from "../command/ActorRequest.ts"
import { bind, command, query, type Request } from "../command/Command.ts"
import { list } from "../command/List.ts"
import { waiting } from "../command/ReadYourWrites.ts"
import { contract } from "../Contract.ts"
import * as OrderAccess from "../order/OrderAccess.ts"
import { KeyReused } from "../Problem.ts"
import * as NextActions from "./NextActions.ts"
import * as PaymentApi from "./PaymentApi.ts"

const entity = bind(PaymentAggregate, PaymentEntity, {
  body: ({ view }): Effect.Effect<PaymentView, PaymentNotFound> =>
    view === undefined ? new PaymentNotFound() : Effect.succeed(view),
  isCorrelated: true
})

/** The refund, if this command was the first to ask for it. */
const refunded =
  (journal: Journal["Type"]) =>
  ({ view }: Reply<PaymentView>, { orderId, refundId }: RefundPayment, commandId: CommandId) =>
    Effect.gen(function* () {
      const first = yield* events(journal, PaymentAggregate.streamId(orderId)).pipe(
        Stream.filter(
          ({ payload, type }) =>
            type === "PaymentRefundRequested" &&
            "refundId" in payload &&
            payload.refundId === refundId
        ),
        Stream.map(({ metadata }) => metadata.commandId),
        Stream.runHead,
        ActorRequest.orUnavailable
      )
      if (first._tag === "Some" && first.value !== commandId) return yield* new KeyReused()
      const body = view?.refunds.find(({ id }) => id === refundId)
      if (body === undefined) return yield* Effect.dieMessage(`${refundId} is not there`)
      return { body, isSettled: body.status !== "pending" }
    })

export const layer = HttpApiBuilder.group(
  contract.add(PaymentApi.PaymentApi),
  "payments",
  (handlers) =>
    Effect.gen(function* () {
      const orders = yield* OrderAccess.entity
      const payments = yield* entity
      const pages = yield* PaymentReadModel
      const gateway = yield* PaymentGateway
      const nextActions = yield* NextActions.make
      /** The payment of another's order is as absent as the order. */
      const seen = (orderId: OrderId) =>
        Effect.flatMap(orders.read(orderId), OrderAccess.seen).pipe(
          Effect.catchTag("OrderNotFound", () => new PaymentNotFound())
        )
      const refund = ({ headers, path: { orderId }, payload }: Request<typeof PaymentApi.refund>) =>
        Effect.gen(function* () {
          const url = `/v1/payments/${orderId}/refunds`
          const refundId = yield* ActorRequest.refundId(url, headers["idempotency-key"])
          const fingerprint = ActorRequest.fingerprint("POST", url, payload)
          const commandId = CommandId.make(`refund/${refundId}/${fingerprint}`)
          const { principal } = yield* Caller
          // Without an amount it is all that is left, which can be moved as the whole could.
          const stepMinor = payload.amount ? gateway.stepMinor(payload.amount.currency) : 1
          const asked = { orderId, refundId, ...payload, stepMinor, who: principal }
          return [orderId, { _tag: "RefundPayment", ...asked }, { commandId }] as const
        })
      return handlers
        .handle(
          "get",
          query(
            PaymentApi.get,
            payments,
            ({ path: { orderId } }) =>
              Effect.gen(function* () {
                if ((yield* OrderAccess.onlyCustomer) !== undefined) yield* seen(orderId)
                return orderId
              }),
            { complete: nextActions.ofPayment }
          )
        )
        .handle(
          "list",
          waiting(
            yield* ReadModels,
            "payment_list",
            list(
              PaymentApi.listed,
              (page, { status }) => pages.list({ ...page, status }),
              ({ orderId }) => orderId
            )
          )
        )
        .handle(
          "refund",
          command(PaymentApi.refund, payments, refund, {
            answer: refunded(payments.journal),
            replay: () => Effect.succeedNone
          })
        )
    })
)
