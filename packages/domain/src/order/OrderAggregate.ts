/** The order as one value: its streams, schemas, decider, saga and codec. */
import * as Aggregate from "../kernel/Aggregate.ts"
import { OrderId } from "../kernel/Ids.ts"
import { decider, view } from "./Order.ts"
import { OrderCommand, OrderRejection } from "./OrderCommand.ts"
import { OrderEvent } from "./OrderEvent.ts"
import { saga } from "./OrderSaga.ts"
import { OrderView } from "./OrderView.ts"

export const OrderAggregate = Aggregate.define({
  category: "order",
  id: OrderId,
  command: OrderCommand,
  event: OrderEvent,
  rejection: OrderRejection,
  view: OrderView,
  decider,
  saga,
  viewOf: view,
  aliases: {
    OrderCustomerNeeded: "OrderActionRequired",
    OrderLineRefused: "OrderLineOutOfStock",
    OrderStepUndone: "OrderStepCompensated"
  }
})
export type OrderAggregate = Aggregate.TypesOf<typeof OrderAggregate>
