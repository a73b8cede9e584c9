/** `souk order`: what customers ordered, and what became of it. */
import * as Command from "@effect/cli/Command"
import { CustomerId, OrderId } from "@souk/domain/kernel/Ids"
import { OrderStatus, type OrderView } from "@souk/domain/order/OrderView"
import { Effect, Option } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import * as Listing from "../Listing.ts"
import { Output } from "../Output.ts"
import * as Page from "../Page.ts"
import * as Shop from "../Shop.ts"
import * as Values from "../Values.ts"
import { cancel, deliver, ship } from "./OrderStepsCli.ts"
import { stepPages } from "./OrderStepPages.ts"
import * as OrderText from "./OrderText.ts"
import { resume, resumePage } from "../operations/ReminderCli.ts"
import { timeline } from "./TimelineCli.ts"
import { watch } from "./WatchCli.ts"

const show = Command.make("show", { id: Values.orderId, ...commonOptions }, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const order = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    yield* output.data(order, () => OrderText.inWords(order, output.paint))
  })
).pipe(Command.withDescription("One order: its state, its lines, and where it goes."))

const listOptions = {
  status: Values.optional("status", {
    placeholder: "<status>",
    says: "Only orders in this state.",
    schema: OrderStatus,
    expects: `a status: ${OrderStatus.literals.join(", ")}`
  }),
  customer: Values.optional("customer", {
    placeholder: "<id>",
    says: "Only orders of this customer.",
    schema: CustomerId,
    expects: "a customer id: letters, digits, _ and -, at most 64"
  }),
  limit: Listing.limitOption("orders"),
  after: Values.optional("starting-after", {
    placeholder: "<order>",
    says: "Only orders placed before this one, to go on with a list.",
    schema: OrderId,
    expects: "an order id: ord_ and letters or digits"
  }),
  ...commonOptions
}

const list = Command.make("list", listOptions, ({ customer, keyFile, status, ...wish }) =>
  Effect.gen(function* () {
    const shop = yield* Shop.connect(keyFile)
    const filters = {
      status: Option.getOrUndefined(status),
      customerId: Option.getOrUndefined(customer)
    }
    yield* Listing.tellList(
      {
        page: (page) =>
          shop.ask((client) =>
            client.orders.list({ urlParams: { ...filters, ...page }, headers: {} })
          ),
        idOf: ({ id }: OrderView) => id,
        inTable: OrderText.inTable,
        none: "There are no such orders."
      },
      wish
    )
  })
).pipe(Command.withDescription("Orders, newest first."))

export const order = Command.make("order").pipe(
  Command.withSubcommands([cancel, deliver, list, resume, ship, show, timeline, watch])
)

export const orderPages = [
  Page.make("order", list, {
    verb: "list",
    examples: [
      ["souk order list --status pending", "Which orders are still on their way?"],
      ["souk order list --limit 1000 --json | jq -r .id", "The ids of the last thousand orders."]
    ],
    notes: [
      `A status is one of ${OrderStatus.literals.join(", ")}.`,
      "--json prints one order a line, with the fields of `souk order show --json`.",
      "A list may be some moments old; `souk order show` is not."
    ]
  }),
  Page.make("order", show, {
    verb: "show",
    examples: [
      ["souk order show ord_3f8a2c9d1b7e4a60", "One order."],
      ["souk order show ord_3f8a2c9d1b7e4a60 --json | jq -r .status", "Its state, for a script."]
    ],
    notes: [
      "--json prints the order as GET /v1/orders/{id} gives it: id, status, version, customerId,",
      "lines, subtotal, tax, shipping, total, shippingAddress, placedAt, updatedAt, metadata, and",
      "confirmationNumber, trackingNumber and cancellation once there are such."
    ]
  }),
  ...stepPages,
  resumePage
]
