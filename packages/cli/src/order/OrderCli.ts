/** `souk order`: what customers ordered, and what became of it. */
import { CustomerId } from "@souk/domain/kernel/Ids"
import { OrderStatus, type OrderView } from "@souk/domain/order/OrderView"
import { Option } from "effect"
import { resume } from "../operations/ReminderCli.ts"
import * as Resource from "../Resource.ts"
import * as Values from "../Values.ts"
import { cancel, deliver, ship } from "./OrderStepsCli.ts"
import * as OrderText from "./OrderText.ts"
import { timeline } from "./TimelineCli.ts"
import { watch } from "./WatchCli.ts"

const list = Resource.list({
  summary: "List orders, newest first.",
  examples: [
    ["souk order list --status pending", "Which orders are in progress?"],
    ["souk order list --limit 1000 --json | jq -r .id", "The ids of the last thousand orders."]
  ],
  notes: [
    `A status is one of ${OrderStatus.literals.join(", ")}.`,
    "--json prints one order a line, with the fields of `souk order show --json`.",
    "A list may be some moments old; `souk order show` is not."
  ],
  things: "orders",
  options: {
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
    })
  },
  after: {
    ...Values.anOrderId,
    says: "Only orders placed before this one, to go on with a list."
  },
  page: (client, page, { customer, status }) => {
    const filters = {
      status: Option.getOrUndefined(status),
      customerId: Option.getOrUndefined(customer)
    }
    return client.orders.list({ urlParams: { ...filters, ...page }, headers: {} })
  },
  idOf: ({ id }: OrderView) => id,
  columns: OrderText.columns,
  none: "There are no such orders."
})

const show = Resource.show({
  summary: "Show an order: status, lines and destination.",
  examples: [
    ["souk order show ord_3f8a2c9d1b7e4a60", "One order."],
    ["souk order show ord_3f8a2c9d1b7e4a60 --json | jq -r .status", "Its state, for a script."]
  ],
  notes: [
    "--json prints the order as GET /v1/orders/{id} gives it: id, status, version, customerId,",
    "lines, subtotal, tax, shipping, total, shippingAddress, placedAt, updatedAt, metadata, and",
    "confirmationNumber, trackingNumber and cancellation once there are such."
  ],
  options: { id: Values.orderId },
  ask: (client, { id }) => client.orders.get({ path: { id }, headers: {} }),
  inWords: OrderText.inWords
})

export const order = Resource.room(
  "order",
  [list, show, timeline, watch, cancel, ship, deliver, resume],
  "souk order list"
)
