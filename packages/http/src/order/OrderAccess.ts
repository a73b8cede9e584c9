/**
 * Which orders a caller sees, and the order in a reply. An order of another customer is answered as
 * not found, not as forbidden.
 */
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { CustomerId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { OrderNotFound } from "@souk/domain/order/OrderCommand"
import type { OrderView } from "@souk/domain/order/OrderView"
import { Effect } from "effect"
import { Caller } from "../auth/Authentication.ts"
import * as Command from "../command/Command.ts"
import { type FieldError, InvalidRequest } from "../Problem.ts"
import type { Order } from "./OrderApi.ts"

/** The one customer whose orders the caller sees; undefined for a caller that sees all orders. */
export const onlyCustomer: Effect.Effect<CustomerId | undefined, never, Caller> = Effect.map(
  Caller,
  ({ id, scopes, userId }) => (scopes.has("orders:all") ? undefined : CustomerId.make(userId ?? id))
)

/** The order in a reply, for any caller: for endpoints that have checked the caller. */
export const found = ({ version, view }: Reply<OrderView>): Effect.Effect<Order, OrderNotFound> =>
  view === undefined ? new OrderNotFound() : Effect.succeed({ ...view, version })

/** The order in a reply, if the caller may see it. */
export const seen = (reply: Reply<OrderView>): Effect.Effect<Order, OrderNotFound, Caller> =>
  Effect.gen(function* () {
    const order = yield* found(reply)
    const only = yield* onlyCustomer
    return only === undefined || only === order.customerId ? order : yield* new OrderNotFound()
  })

export const entity = Command.bind(OrderAggregate, OrderEntity, { body: found, isCorrelated: true })

const invalidField = (where: Omit<FieldError, "detail">, detail: string) =>
  new InvalidRequest({ errors: [{ ...where, detail }] })

/** The customer to list orders of: the caller, or any customer for a caller that sees all. */
export const filter = (
  wanted: CustomerId | undefined,
  where: Omit<FieldError, "detail">
): Effect.Effect<CustomerId | undefined, InvalidRequest, Caller> =>
  Effect.flatMap(onlyCustomer, (only) =>
    only === undefined || wanted === undefined || wanted === only
      ? Effect.succeed(only ?? wanted)
      : invalidField(where, "must be your own, or be left out")
  )

/** The customer to place an order for: the caller, or any customer for staff, who must name one. */
export const customer = (
  named: CustomerId | undefined,
  where: Omit<FieldError, "detail">
): Effect.Effect<CustomerId, InvalidRequest, Caller> =>
  Effect.flatMap(filter(named, where), (customerId) =>
    customerId === undefined ? invalidField(where, "is missing") : Effect.succeed(customerId)
  )

/** The actor to show for an event: customers see the role of staff, not their ids. */
export const actor: Effect.Effect<(who: string) => string, never, Caller> = Effect.gen(
  function* () {
    const only = yield* onlyCustomer
    const { principal: own } = yield* Caller
    return (who) =>
      only === undefined || who === own ? who : who.replace(/^(seller|admin|key):.*$/, "$1")
  }
)
