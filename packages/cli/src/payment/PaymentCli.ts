/** `souk payments`: what became of the money of orders. */
import * as Resource from "../Resource.ts"
import * as Values from "../Values.ts"
import * as PaymentText from "./PaymentText.ts"
import { reconcile } from "./ReconcileCli.ts"

const show = Resource.show({
  summary: "Show the payment of an order and its provider requests.",
  examples: [
    ["souk payments show ord_3f8a2c9d1b7e4a60", "The payment of one order."],
    [
      "souk payments show ord_3f8a2c9d1b7e4a60 --json | jq .refundable.amountMinor",
      "How much could be refunded, in minor units."
    ]
  ],
  notes: [
    "--json prints the payment as GET /v1/payments/{orderId} gives it: id, orderId, status,",
    "authorized, captured, refunded, refundable, attempts and refunds; and declineCode or",
    "nextAction where there is one."
  ],
  options: { orderId: Values.orderId },
  ask: (client, path) => client.payments.get({ path }),
  inWords: PaymentText.inWords
})

export const payments = Resource.room("payments", [reconcile, show], "souk order list")
