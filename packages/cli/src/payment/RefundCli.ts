/** `souk refund`: money on its way back to customers. */
import * as Command from "@effect/cli/Command"
import type { OrderId } from "@souk/domain/kernel/Ids"
import * as Money from "@souk/domain/kernel/Money"
import { text } from "@souk/domain/kernel/Text"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import * as Amount from "../Amount.ts"
import * as Attempt from "../Attempt.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { Misuse } from "../Misuse.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import * as Values from "../Values.ts"
import * as PaymentText from "./PaymentText.ts"

const createOptions = {
  id: Values.orderId,
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
    placeholder: "<text>",
    says: "Why, for the books.",
    schema: text(500),
    expects: "a text of 1 to 500 characters"
  }),
  ...Confirmation.confirmingOptions,
  ...changingOptions,
  ...commonOptions
}

/** More than nothing, in the currency's own decimals. */
const amountOf = (text: string, currency: Money.Currency) =>
  Amount.of(text, currency, { option: "--amount", command: "refund create" }).pipe(
    Effect.filterOrFail(
      ({ amountMinor }) => amountMinor > 0,
      () =>
        new Misuse({
          message: "--amount: a refund must be of more than nothing",
          hint: "See: souk help refund create"
        })
    )
  )

/**
 * What can be said against a refund before the shop is asked. The shop has the last word: between
 * this look and the refund, others may refund as well.
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
    : new Stopped({
        code: "not_refundable",
        message,
        hint: `See: souk payments show ${payment.orderId}`,
        exitCode: ExitCode.conflict
      })
}

interface Wish {
  readonly id: OrderId
  readonly reason: string
  /** Nothing stands for all that is left. */
  readonly amount: Option.Option<Money.Money>
}

const repeated = "That was done before, under the same key: nothing more was refunded now."

/** Sends the refund under a key, and tells what came of it. */
const send =
  (shop: Shop.Shop, { amount, id, reason }: Wish) =>
  (key: string) =>
    Effect.gen(function* () {
      const output = yield* Output
      const payload = { reason, ...(Option.isSome(amount) && { amount: amount.value }) }
      const headers = { "idempotency-key": key }
      const request = { path: { orderId: id }, headers, payload, withResponse: true } as const
      const [refund, reply] = yield* shop.ask((client) => client.payments.refund(request))
      // It is asked for by now, whatever becomes of this question.
      const after = yield* Effect.option(
        shop.ask((client) => client.payments.get({ path: { orderId: id } }))
      )
      const left = Option.match(after, {
        onNone: () => "",
        onSome: ({ refundable }) => `; ${Money.format(refundable)} left`
      })
      const what = `${Money.format(refund.amount)} of ${id}`
      yield* output.data(refund, () => {
        switch (refund.status) {
          case "succeeded":
            return `Refunded ${what}${left}.`
          case "pending":
            return `Accepted the refund of ${what}${left}. The provider has not answered yet.`
          case "failed":
            return `The provider refused to refund ${what}${left}.`
        }
      })
      if (reply.headers["idempotent-replayed"] === "true") yield* output.say(repeated)
      if (refund.status !== "failed") return yield* output.say(`Next: souk refund list ${id}`)
      return yield* new Stopped({
        code: "refund_failed",
        message: `the provider refused (${refund.code ?? "it did not say why"})`,
        hint: "Nothing was refunded. To try once more, run it again: a new attempt has a new key.",
        exitCode: ExitCode.failure
      })
    })

const create = Command.make("create", createOptions, (given) =>
  Effect.gen(function* () {
    const { id, idempotencyKey, keyFile, reason, yes } = given
    const output = yield* Output
    if (!given.dryRun) yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(keyFile)
    const payment = yield* shop.ask((client) => client.payments.get({ path: { orderId: id } }))
    const currency = Option.getOrElse(given.currency, () => payment.captured.currency)
    const amount = yield* Effect.transposeMapOption(given.amount, (text) =>
      amountOf(text, currency)
    )
    const asked = Option.getOrElse(amount, () => Money.of(payment.refundable.amountMinor, currency))
    // A repeat of what was done already gets its first answer, whatever is left by now.
    if (given.dryRun || Option.isNone(idempotencyKey)) yield* unobjectionable(payment, asked)
    const rest = Money.format(restOf(payment, asked))
    const what = `${Money.format(asked)} of ${id}`
    if (given.dryRun) {
      const told = {
        dryRun: true,
        orderId: id,
        amount: asked,
        left: restOf(payment, asked),
        reason
      }
      yield* output.data(told, () => `${what} would be refunded; ${rest} would be left.`)
      return yield* output.say("This was a dry run: nothing was refunded.")
    }
    yield* Confirmation.ask(yes, `Refund ${what}?`)
    yield* Attempt.once(idempotencyKey, send(shop, { id, reason, amount }))
  })
).pipe(Command.withDescription("Give some or all of the money of an order back."))

const list = Command.make("list", { id: Values.orderId, ...commonOptions }, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const { refundable, refunds } = yield* shop.ask((client) =>
      client.payments.get({ path: { orderId: id } })
    )
    if (output.isJson) yield* Effect.forEach(refunds, (refund) => output.data(refund, String))
    else if (refunds.length > 0) {
      yield* output.print(PaymentText.refundTable(refunds, output.paint))
    }
    const none = refunds.length === 0 ? "There are no refunds. " : ""
    yield* output.say(`${none}${Money.format(refundable)} are left to refund.`)
  })
).pipe(Command.withDescription("The refunds of an order, oldest first, and how each stands."))

export const refund = Command.make("refund").pipe(Command.withSubcommands([create, list]))

export const refundPages = [
  Page.make("refund", create, {
    verb: "create",
    examples: [
      [
        'souk refund create ord_3f8a2c9d1b7e4a60 --amount 12.50 --reason "broken on arrival"',
        "Part of the money."
      ],
      [
        'souk refund create ord_3f8a2c9d1b7e4a60 --reason "sent back" --yes',
        "All that is left, without being asked."
      ],
      [
        "souk refund create ord_3f8a2c9d1b7e4a60 --amount 12.50 --reason goodwill --dry-run",
        "What would that leave?"
      ]
    ],
    notes: [
      "An amount has at most the decimals of its currency: 12.50 EUR, 1200 JPY, 1.250 KWD.",
      "Money that went back cannot be fetched again, so you are asked first. Where stdin or",
      "stderr is no terminal nobody can be asked, and --yes is required.",
      "Each attempt has an idempotency key. When it fails, the key is printed: with",
      "--idempotency-key it can be tried again, and is done once at most.",
      "A refund that the provider refuses ends with 1, and stays in the list as failed.",
      "--json prints {id, status, amount, reason, at}, with reference or code once there is one;",
      "with --dry-run it prints {dryRun, orderId, amount, left, reason}."
    ]
  }),
  Page.make("refund", list, {
    verb: "list",
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
    ]
  })
]
