/** `souk refund`: money on its way back to customers. */
import * as Money from "@souk/domain/kernel/Money"
import type { PaymentView, RefundView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import * as Amount from "../Amount.ts"
import * as IdempotentCall from "../IdempotentCall.ts"
import { ExitCode } from "../ExitCode.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import * as Values from "../Values.ts"
import * as PaymentText from "./PaymentText.ts"

/** More than nothing, in the currency's own decimals. */
const amountOf = (text: string, currency: Money.Currency) =>
  Amount.of(text, currency, { option: "--amount", command: "refund create" }).pipe(
    Effect.filterOrFail(
      ({ amountMinor }) => amountMinor > 0,
      () =>
        new UsageError({
          message: "--amount: the refund amount must be greater than zero",
          hint: "See: souk help refund create"
        })
    )
  )

/**
 * Checks a refund before it is sent. The shop decides: other refunds may be made between this check
 * and the request.
 */
const objection = (payment: PaymentView, amount: Money.Money): string | undefined => {
  const { captured, refundable } = payment
  if (captured.amountMinor === 0) return `nothing was captured: the payment is ${payment.status}`
  if (amount.currency !== captured.currency) return `it was captured in ${captured.currency}`
  if (refundable.amountMinor === 0) return "nothing is left to refund"
  return amount.amountMinor > refundable.amountMinor
    ? `only ${Money.format(refundable)} are left to refund`
    : undefined
}

const restOf = ({ refundable }: PaymentView, amount: Money.Money): Money.Money =>
  Money.of(refundable.amountMinor - amount.amountMinor, refundable.currency)

/** Why a refund would be refused; nothing is sent. */
const unobjectionable = (payment: PaymentView, amount: Money.Money) => {
  const message = objection(payment, amount)
  return message === undefined
    ? Effect.void
    : new CommandFailed({
        code: "not_refundable",
        message,
        hint: `See: souk payments show ${payment.orderId}`,
        exitCode: ExitCode.conflict
      })
}

const repeated = "That was done before, under the same key: nothing more was refunded now."

const whatCameOf = (refund: RefundView, what: string, left: string): string => {
  switch (refund.status) {
    case "succeeded":
      return `Refunded ${what}${left}.`
    case "pending":
      return `Accepted the refund of ${what}${left}. The provider has not answered yet.`
    case "failed":
      return `The provider refused to refund ${what}${left}.`
  }
}

const refused = ({ code }: RefundView) =>
  new CommandFailed({
    code: "refund_failed",
    message: `the provider refused (${code ?? "it did not say why"})`,
    hint: "Nothing was refunded. To try once more, run it again: a new attempt has a new key.",
    exitCode: ExitCode.failure
  })

const create = Resource.change({
  verb: "create",
  summary: "Refund an order in full or in part.",
  examples: [
    [
      'souk refund create ord_3f8a2c9d1b7e4a60 --amount 12.50 --reason "broken on arrival"',
      "A partial refund."
    ],
    [
      'souk refund create ord_3f8a2c9d1b7e4a60 --reason "sent back" --yes',
      "All that is left, without a confirmation."
    ],
    [
      "souk refund create ord_3f8a2c9d1b7e4a60 --amount 12.50 --reason goodwill --dry-run",
      "What would that leave?"
    ]
  ],
  notes: [
    "An amount has at most the decimals of its currency: 12.50 EUR, 1200 JPY, 1.250 KWD.",
    "A refund cannot be reversed, so the command asks for a confirmation. Without a terminal at",
    "stdin or stderr, --yes is required.",
    ...IdempotentCall.notes,
    "A refund that the provider refuses ends with 1, and stays in the list as failed.",
    "--json prints {id, status, amount, reason, at}, with reference or code once there is one;",
    "with --dry-run it prints {dryRun, orderId, amount, left, reason}."
  ],
  options: {
    orderId: Values.orderId,
    amount: Values.optional("amount", {
      placeholder: "<amount>",
      says: "How much, such as 12.50; all that is left unless given.",
      schema: Amount.AmountText,
      expects: Amount.expected
    }),
    currency: Values.optional("currency", {
      ...Amount.currency,
      says: "The currency of the amount; the payment's own unless given."
    }),
    reason: Values.required("reason", {
      ...Values.textTo(500),
      says: "The reason, for the ledger."
    })
  },
  confirms: true,
  plan: ({ orderId, reason, ...given }, shop, { isPreview, isRepeat }) =>
    Effect.gen(function* () {
      const path = { orderId }
      const payment = yield* shop.ask((client) => client.payments.get({ path }))
      const currency = Option.getOrElse(given.currency, () => payment.captured.currency)
      const amount = yield* Effect.transposeMapOption(given.amount, (text) =>
        amountOf(text, currency)
      )
      const asked = Option.getOrElse(amount, () =>
        Money.of(payment.refundable.amountMinor, currency)
      )
      // A repeat gets its original response, regardless of what is left now.
      if (isPreview || !isRepeat) yield* unobjectionable(payment, asked)
      const left = restOf(payment, asked)
      const what = `${Money.format(asked)} of ${orderId}`
      return {
        preview: Effect.succeed({
          data: { orderId, amount: asked, left, reason },
          words: `${what} would be refunded; ${Money.format(left)} would be left.`,
          say: "This was a dry run: nothing was refunded."
        }),
        question: `Refund ${what}?`,
        send: (headers) =>
          Effect.gen(function* () {
            const payload = { reason, ...Values.given({ amount }) }
            const request = { path, headers, payload, withResponse: true } as const
            const [refund, reply] = yield* shop.ask((client) => client.payments.refund(request))
            // The refund was accepted, even when this read fails.
            const after = yield* Effect.option(shop.ask((client) => client.payments.get({ path })))
            const left = Option.match(after, {
              onNone: () => "",
              onSome: ({ refundable }) => `; ${Money.format(refundable)} left`
            })
            const isFailed = refund.status === "failed"
            const says = [
              ...(IdempotentCall.isReplayed(reply) ? [repeated] : []),
              ...(isFailed ? [] : [`Next: souk refund list ${orderId}`])
            ]
            return {
              data: refund,
              words: whatCameOf(refund, `${Money.format(refund.amount)} of ${orderId}`, left),
              ...(says.length > 0 && { say: says.join("\n") }),
              ...(isFailed && { stop: refused(refund) })
            }
          })
      }
    })
})

const list = Resource.command({
  verb: "list",
  summary: "List the refunds of an order with their status, oldest first.",
  examples: [
    ["souk refund list ord_3f8a2c9d1b7e4a60", "The refunds of one order."],
    [
      "souk refund list ord_3f8a2c9d1b7e4a60 --json | jq -r 'select(.status==\"failed\").id'",
      "Those that the provider refused."
    ]
  ],
  notes: [
    "A refund is pending until the provider has answered, and then succeeded or failed. It is",
    "returned when the customer's bank sent it back later: then it counts as failed, the money",
    "is left to refund again, and has to find another way.",
    "--json prints one refund a line, with the fields of `souk refund create --json`."
  ],
  options: { orderId: Values.orderId },
  run: (path, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const { refundable, refunds } = yield* shop.ask((client) => client.payments.get({ path }))
      yield* output.rows(refunds, PaymentText.refundColumns)
      const none = refunds.length === 0 ? "There are no refunds. " : ""
      yield* output.say(`${none}${Money.format(refundable)} are left to refund.`)
    })
})

export const refund = Resource.room("refund", [create, list], "souk order list")
