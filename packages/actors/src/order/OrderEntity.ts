/** The order's address and the messages it answers. */
import { OrderCommand, OrderRejection } from "@souk/domain/order/OrderCommand"
import { OrderView } from "@souk/domain/order/OrderView"
import * as Protocol from "../cluster/Protocol.ts"

export const OrderEntity = Protocol.make("order", {
  command: OrderCommand,
  view: OrderView,
  rejection: OrderRejection
})

/** Reminds an order of what it owes. */
export const remind: OrderCommand = { _tag: "ResumeOrder" }
