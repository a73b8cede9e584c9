/** An order, as it is sent. */
import type { Reply } from "@souk/actors/runtime/ActorDefinition"
import { OrderNotFound } from "@souk/domain/order/OrderCommand"
import type { OrderView } from "@souk/domain/order/OrderView"
import { Effect, Struct } from "effect"
import type { Caller } from "../auth/Authentication.ts"
import * as Ownership from "../auth/Ownership.ts"
import { Order } from "./OrderApi.ts"

/** The order an actor answered with, if there is one. */
export const found = ({ version, view }: Reply<OrderView>): Effect.Effect<Order, OrderNotFound> =>
  view === undefined ? new OrderNotFound() : Effect.succeed({ ...view, version })

/** The order an actor answered with, if there is one that the caller may know of. */
export const seen = (reply: Reply<OrderView>): Effect.Effect<Order, OrderNotFound, Caller> =>
  Effect.flatMap(found(reply), (order) => Ownership.seen(order, () => new OrderNotFound()))

/** The order of a command that was accepted: there must be one. */
export const known = (reply: Reply<OrderView>): Effect.Effect<Order> => Effect.orDie(found(reply))

const members = Struct.keys(Order.fields)

/** One order of members, so that the same answer is the same text, wherever it came from. */
export const body = (order: Order): object =>
  Object.fromEntries(members.map((name) => [name, order[name]]))
