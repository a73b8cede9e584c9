/** The payment's address, which is its order's, and the messages it answers. */
import { PaymentCommand, PaymentRejection } from "@souk/domain/payment/PaymentCommand"
import { PaymentView } from "@souk/domain/payment/PaymentView"
import * as Protocol from "../cluster/Protocol.ts"

export const PaymentEntity = Protocol.make("payment", {
  command: PaymentCommand,
  view: PaymentView,
  rejection: PaymentRejection
})

/** Reminds a payment of what it owes. */
export const remind: PaymentCommand = { _tag: "ResumePayment" }
