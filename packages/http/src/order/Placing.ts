/** From a request to an order: name it by its key, price it, place it, wait for it to settle. */
import { HttpServerResponse } from "@effect/platform"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { Journal } from "@souk/actors/journal/Journal"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import { CommandId } from "@souk/domain/kernel/Ids"
import { AmountNotPayable } from "@souk/domain/kernel/Money"
import {
  IdempotencyKeyReused,
  MixedCurrencies,
  OrderTooLarge,
  type PlaceOrder
} from "@souk/domain/order/OrderCommand"
import { Effect } from "effect"
import * as Asking from "../Asking.ts"
import * as Ownership from "../auth/Ownership.ts"
import * as Keyed from "../idempotency/Keyed.ts"
import { waiting } from "../Prefer.ts"
import * as Rest from "../Rest.ts"
import * as FirstAnswer from "./FirstAnswer.ts"
import * as Hold from "./Hold.ts"
import * as Lines from "./Lines.ts"
import * as NextActions from "../payment/NextActions.ts"
import type { Order, OrderRequest } from "./OrderApi.ts"
import * as OrderReply from "./OrderReply.ts"

const url = "/v1/orders"

/**
 * For so long the order is waited for by the message that places it: most have settled by then, and
 * need no second message. Only what is waited for longer ends early when the door is closing.
 */
const firstWaitMs = 1_000

export interface Headers {
  readonly "idempotency-key": string
  readonly prefer?: string | undefined
}

const respond = (order: Order, isAtRest: boolean, headers: Readonly<Record<string, string>>) =>
  HttpServerResponse.unsafeJson(OrderReply.body(order), {
    status: isAtRest ? 201 : 202,
    headers: {
      location: `${url}/${order.id}`,
      ...headers
    }
  })

export const make = Effect.gen(function* () {
  const orders = yield* ActorClient.make(OrderEntity)
  const linesOf = yield* Lines.make
  const journal = yield* Journal
  const nextActions = yield* NextActions.make
  const gateway = yield* PaymentGateway
  const { limits, untilRest } = yield* Effect.all({ limits: Hold.limits, untilRest: Rest.make })

  return (headers: Headers, request: OrderRequest) =>
    Effect.gen(function* () {
      const customerId = yield* Ownership.customer(request.customerId, { pointer: "#/customerId" })
      const orderId = yield* Keyed.orderId(headers["idempotency-key"])
      const fingerprint = Keyed.fingerprint("POST", url, request)
      const lines = yield* linesOf(orderId, request)
      const { metadata = {}, paymentMethod, shippingAddress } = request
      const named = { orderId, customerId, fingerprint }
      const terms = { ...named, lines, metadata, paymentMethod, shippingAddress }
      const command: PlaceOrder = {
        _tag: "PlaceOrder",
        ...terms,
        ...limits,
        stepMinor: gateway.stepMinor(lines[0].unitPrice.currency)
      }
      const commandId = CommandId.make(`place/${orderId}/${fingerprint}`)
      const { headers: applied, waitMs } = waiting(headers.prefer)
      const firstMs = Math.min(waitMs, firstWaitMs)
      const reply = yield* orders
        .handle(orderId, command, yield* Asking.metadata(commandId, orderId), firstMs)
        .pipe(
          untilRest(orders, orderId, waitMs - firstMs),
          Asking.refusedOnlyBy(
            IdempotencyKeyReused,
            MixedCurrencies,
            OrderTooLarge,
            AmountNotPayable
          ),
          Asking.orUnavailable
        )
      const now = yield* Effect.flatMap(OrderReply.known(reply), nextActions.ofOrder)
      // An order that waits for its customer is at rest, and far from settled.
      const isSettled = reply.isSettled && now.status !== "pending"
      if (!reply.isRepeat) return respond(now, isSettled, applied)
      const replayed = { ...applied, "idempotent-replayed": "true" }
      if (!isSettled) return respond(now, false, replayed)
      const first = yield* Asking.orUnavailable(FirstAnswer.of(journal, orderId))
      return respond(first, true, replayed)
    })
})
