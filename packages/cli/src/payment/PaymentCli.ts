/** `souk payments`: what became of the money of orders. */
import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import * as Values from "../Values.ts"
import * as PaymentText from "./PaymentText.ts"
import { reconcile, reconcilePage } from "./ReconcileCli.ts"

const show = Command.make("show", { id: Values.orderId, ...commonOptions }, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const payment = yield* shop.ask((client) => client.payments.get({ path: { orderId: id } }))
    yield* output.data(payment, () => PaymentText.inWords(payment, output.paint))
  })
).pipe(Command.withDescription("The payment of one order: its sums, and all the provider said."))

export const payments = Command.make("payments").pipe(Command.withSubcommands([reconcile, show]))

export const paymentPages = [
  reconcilePage,
  Page.make("payments", show, {
    verb: "show",
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
    ]
  })
]
