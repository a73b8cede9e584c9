/** What is asked of an order that is there: cancel, ship, deliver. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import {
  type DeliverOrder,
  DeliveryTimeImpossible,
  OrderAlreadyCancelled,
  OrderAlreadyShipped,
  OrderNotConfirmed,
  OrderNotFound,
  OrderNotShipped,
  type ShipOrder
} from "@souk/domain/order/OrderCommand"
import type { Cancellation } from "@souk/domain/order/OrderEvent"
import type { OrderView } from "@souk/domain/order/OrderView"
import { Effect } from "effect"
import * as Asking from "../Asking.ts"
import * as Ownership from "../auth/Ownership.ts"
import { tagged, versionsOf } from "../EntityTag.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { sameAsBefore } from "../idempotency/Replay.ts"
import { waiting } from "../Prefer.ts"
import { PreconditionFailed } from "../Problem.ts"
import * as Rest from "../Rest.ts"
import type { Order } from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"

export interface Headers {
  readonly "idempotency-key"?: string | undefined
  readonly "if-match"?: string | undefined
  readonly prefer?: string | undefined
}

const ours = ["requested_by_customer", "requested_by_merchant"] as const

/**
 * Customers cancel as customers. The shop says for whom it does, or does it for itself; any other
 * text is a note.
 */
const cancellationOf = (given: string | undefined, isCustomer: boolean): Cancellation => {
  const word = ours.find((word) => word === given)
  const note = word === undefined && given !== undefined ? { note: given } : {}
  if (isCustomer) return { reason: "requested_by_customer", ...note }
  return { reason: word ?? "requested_by_merchant", ...note }
}

const sent = (order: Order) => tagged(OrderReply.body(order), order.version)

type Asked = Readonly<Record<string, unknown>>

/** One step under the caller's key; `asked` is what its event would have to say. */
const stepOf =
  (journal: Journal["Type"]) =>
  <E>(
    id: OrderId,
    name: string,
    headers: Headers,
    asked: Asked,
    ask: (
      metadata: Metadata,
      expected: ReadonlyArray<number> | undefined
    ) => Effect.Effect<Reply<OrderView>, E>
  ) =>
    Effect.gen(function* () {
      const url = `/v1/orders/${id}/${name}`
      const commandId = yield* Keyed.commandId(url, headers["idempotency-key"])
      const reply = yield* ask(
        yield* Asking.metadata(commandId, id),
        versionsOf(headers["if-match"])
      )
      if (reply.isRepeat) yield* sameAsBefore(OrderAggregate.streamId(id), commandId, asked)
      return reply
    }).pipe(Effect.provideService(Journal, journal))

export const make = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const journal = yield* Journal
  const untilRest = yield* Rest.make

  const step = stepOf(journal)

  const cancel = (id: OrderId, headers: Headers, reason: string | undefined) =>
    Effect.gen(function* () {
      yield* OrderReply.seen(yield* Asking.orUnavailable(orders.read(id)))
      const only = yield* Ownership.onlyCustomer
      const cancellation = cancellationOf(reason, only !== undefined)
      const { headers: applied, waitMs } = waiting(headers.prefer)
      const reply = yield* step(
        id,
        "cancellation",
        headers,
        { cancellation },
        (metadata, expected) =>
          orders
            .handle(id, { _tag: "CancelOrder", cancellation }, metadata, 0, expected)
            .pipe(
              untilRest(orders, id, waitMs),
              Asking.orChanged,
              Asking.refusedOnlyBy(OrderNotFound, OrderAlreadyShipped, PreconditionFailed),
              Asking.orUnavailable
            )
      )
      const order = yield* OrderReply.found(reply)
      const status = reply.isSettled ? 200 : 202
      return tagged(OrderReply.body(order), order.version, { status, headers: applied })
    })

  const ship = (id: OrderId, headers: Headers, terms: Omit<ShipOrder, "_tag">) =>
    step(id, "shipment", headers, terms, (metadata, expected) =>
      orders
        .handle(id, { _tag: "ShipOrder", ...terms }, metadata, 0, expected)
        .pipe(
          Asking.orChanged,
          Asking.refusedOnlyBy(
            OrderNotFound,
            OrderNotConfirmed,
            OrderAlreadyCancelled,
            PreconditionFailed
          ),
          Asking.orUnavailable
        )
    ).pipe(Effect.flatMap(OrderReply.found), Effect.map(sent))

  const deliver = (id: OrderId, headers: Headers, terms: Omit<DeliverOrder, "_tag">) =>
    step(id, "delivery", headers, terms, (metadata, expected) =>
      orders
        .handle(id, { _tag: "DeliverOrder", ...terms }, metadata, 0, expected)
        .pipe(
          Asking.orChanged,
          Asking.refusedOnlyBy(
            OrderNotFound,
            OrderNotShipped,
            DeliveryTimeImpossible,
            OrderAlreadyCancelled,
            PreconditionFailed
          ),
          Asking.orUnavailable
        )
    ).pipe(Effect.flatMap(OrderReply.found), Effect.map(sent))

  return { cancel, ship, deliver }
})
