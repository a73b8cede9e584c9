/** The payment of one order as one value: its streams, schemas, decider, saga and codec. */
import * as Aggregate from "../kernel/Aggregate.ts"
import { OrderId } from "../kernel/Ids.ts"
import { decider, view } from "./Payment.ts"
import { PaymentCommand, PaymentRejection } from "./PaymentCommand.ts"
import { PaymentEvent } from "./PaymentEvent.ts"
import { saga } from "./PaymentSaga.ts"
import { PaymentView } from "./PaymentView.ts"

export const PaymentAggregate = Aggregate.define({
  category: "payment",
  id: OrderId,
  command: PaymentCommand,
  event: PaymentEvent,
  rejection: PaymentRejection,
  view: PaymentView,
  decider,
  saga,
  viewOf: view,
  aliases: { PaymentBarred: "PaymentBlocked", PaymentCustomerNeeded: "PaymentActionRequired" }
})
export type PaymentAggregate = Aggregate.TypesOf<typeof PaymentAggregate>
