/** The order of a reply, and the order entity as handlers use it. */
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { OrderEntity } from "@souk/actors/order/OrderEntity"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { OrderNotFound } from "@souk/domain/order/OrderCommand"
import type { OrderView } from "@souk/domain/order/OrderView"
import { Effect } from "effect"
import type { Caller } from "../auth/Authentication.ts"
import * as OrderAccess from "../auth/OrderAccess.ts"
import * as Command from "../command/Command.ts"
import type { Order } from "./OrderApi.ts"

/** The order an actor answered with, if there is one. */
export const found = ({ version, view }: Reply<OrderView>): Effect.Effect<Order, OrderNotFound> =>
  view === undefined ? new OrderNotFound() : Effect.succeed({ ...view, version })

/** The order an actor answered with, if there is one that the caller may know of. */
export const seen = (reply: Reply<OrderView>): Effect.Effect<Order, OrderNotFound, Caller> =>
  Effect.flatMap(found(reply), (order) => OrderAccess.orNotFound(order, () => new OrderNotFound()))

export const entity = Command.bind(OrderAggregate, OrderEntity, { body: found, isCorrelated: true })
