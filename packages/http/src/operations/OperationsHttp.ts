/** Handlers of operations. */
import { HttpApiBuilder } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Journal } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { ShipmentEntity } from "@souk/actors/shipment/ShipmentEntity"
import { Reminders } from "@souk/actors/reminder/Reminder"
import type { OrderId } from "@souk/domain/kernel/Ids"
import * as Order from "@souk/domain/order/Order"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { waitsFor } from "@souk/domain/order/OrderWaiting"
import { Effect, Stream } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { contract } from "../Contract.ts"
import * as OrderAccess from "../order/OrderAccess.ts"
import { OperationsApi } from "./OperationsApi.ts"

/** How long the response waits for each actor to settle. */
const waitMs = 5_000

/** How many reminders are listed without a `limit`. */
const remindersDefault = 100

/** The state of an order, folded from its stream. */
const folded = (journal: Journal["Type"], id: OrderId) =>
  Stream.runFold(
    events(journal, OrderAggregate.streamId(id)),
    Order.decider.initial,
    (order, recorded) => Order.decider.evolve(order, OrderAggregate.codec.decode(recorded))
  )

export const layer = HttpApiBuilder.group(contract.add(OperationsApi), "operations", (handlers) =>
  Effect.gen(function* () {
    const orders = yield* ActorClient.make(OrderEntity)
    const payments = yield* ActorClient.make(PaymentEntity)
    const shipments = yield* ActorClient.make(ShipmentEntity)
    const journal = yield* Journal
    const reminders = yield* Reminders
    return handlers
      .handle("reminders", ({ urlParams: { limit = remindersDefault } }) =>
        ActorRequest.orUnavailable(reminders.list(limit))
      )
      .handle("resume", ({ path: { id } }) =>
        Effect.gen(function* () {
          yield* OrderAccess.found(yield* ActorRequest.orUnavailable(orders.read(id)))
          const url = `/v1/orders/${id}/resume`
          const metadata = yield* ActorRequest.metadata(
            yield* ActorRequest.commandId(url, undefined),
            id
          )
          // The payment and the shipment may not exist yet: the request does not fail.
          yield* Effect.all(
            [
              Effect.ignore(payments.resume(id, metadata, waitMs)),
              Effect.ignore(shipments.resume(id, metadata, waitMs))
            ],
            { concurrency: "unbounded", discard: true }
          )
          const reply = yield* orders.resume(id, metadata, waitMs).pipe(
            ActorRequest.refusedOnly((_): _ is never => false),
            ActorRequest.orUnavailable
          )
          const { status, version } = yield* Effect.orDie(OrderAccess.found(reply))
          const order = yield* ActorRequest.orUnavailable(folded(journal, id))
          const payment = yield* ActorRequest.orUnavailable(payments.read(id))
          return {
            id,
            status,
            version,
            isAtRest: reply.isSettled,
            waitsFor: waitsFor(order),
            payment: payment.view?.status ?? null
          }
        })
      )
  })
)
