/** What a person decides about an order: cancel it, ship it, say that it arrived. */
import type { Client } from "@souk/http/client"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Moment } from "@souk/domain/kernel/Timestamp"
import type { OrderStatus } from "@souk/domain/order/OrderView"
import type { Order } from "@souk/http/order/OrderApi"
import { Effect } from "effect"
import * as IdempotentCall from "../IdempotentCall.ts"
import { ExitCode } from "../ExitCode.ts"
import * as Resource from "../Resource.ts"
import { CommandFailed } from "../CommandFailed.ts"
import * as Values from "../Values.ts"

interface Step<C extends Resource.Config, E> extends Resource.Told {
  readonly options: C
  readonly from: ReadonlyArray<OrderStatus>
  readonly becomes: OrderStatus
  /** Where the step, asked for again, changes nothing. */
  readonly done: ReadonlyArray<OrderStatus>
  readonly question?: (id: OrderId) => string
  readonly send: (
    client: Client,
    request: {
      readonly path: { readonly id: OrderId }
      readonly headers: IdempotentCall.KeyHeader
    },
    given: Resource.Given<C>
  ) => Effect.Effect<Order, E>
  /** What it did, and the command to go on with. */
  readonly tell: (order: Order) => readonly [words: string, next: string]
}

const step = <const C extends Resource.Config, E>({
  becomes,
  done,
  from,
  notes,
  options,
  question,
  send,
  tell,
  ...told
}: Step<C, E>) =>
  Resource.change({
    ...told,
    notes: [
      ...notes,
      ...IdempotentCall.notes,
      "--json prints the order as `souk order show --json` does."
    ],
    options: { id: Values.orderId, own: options },
    ...(question !== undefined && { confirms: true }),
    plan: ({ id, own }, shop) => {
      const path = { id }
      const before = Effect.map(
        shop.ask((client) => client.orders.get({ path, headers: {} })),
        ({ status }) => status
      )
      return {
        // A dry run can only predict: the shop decides by its state at the request.
        preview: Effect.gen(function* () {
          const status = yield* before
          if (status === becomes || from.includes(status)) {
            const words = `${id}: ${status} would become ${becomes}.`
            return { data: { id, status, becomes }, words }
          }
          return yield* new CommandFailed({
            code: "wrong_status",
            message: `${id} is ${status}: it cannot become ${becomes}`,
            hint: `See: souk order timeline ${id}`,
            exitCode: ExitCode.conflict
          })
        }),
        ...(question !== undefined && { question: question(id) }),
        send: (headers) =>
          Effect.gen(function* () {
            const isDone = done.includes(yield* before)
            const order = yield* shop.ask((client) => send(client, { path, headers }, own))
            const [words, next] = isDone
              ? [`${id} is ${order.status} already.`, `souk order timeline ${id}`]
              : tell(order)
            return { data: order, words, say: `Next: ${next}` }
          })
      }
    }
  })

const order = "ord_3f8a2c9d1b7e4a60"

export const cancel = step({
  verb: "cancel",
  summary: "Cancel an order; payment is refunded and stock returned.",
  examples: [
    [`souk order cancel ${order} --reason requested_by_customer`, "At the customer's request."],
    [`souk order cancel ${order} --dry-run`, "Can it still be cancelled?"]
  ],
  notes: [
    "A shipped order cannot be cancelled; it can be refunded.",
    "Without a terminal at stdin or stderr, --yes is required."
  ],
  options: {
    reason: Values.optional("reason", {
      ...Values.textTo(500),
      says: "Why: requested_by_customer, requested_by_merchant, or a note."
    })
  },
  from: ["pending", "cancelling", "confirmed"],
  becomes: "cancelled",
  done: ["cancelled"],
  question: (id) => `Cancel ${id}, and give money and stock back?`,
  send: (client, request, given) =>
    client.orders.cancel({ ...request, payload: Values.given(given) }),
  tell: ({ id, status }) =>
    status === "cancelled"
      ? [`Cancelled ${id}: money and stock are back.`, `souk payments show ${id}`]
      : [`Cancelling ${id}: what was done for it is being taken back.`, `souk order watch ${id}`]
})

export const ship = step({
  verb: "ship",
  summary: "Mark an order as shipped.",
  examples: [
    [`souk order ship ${order}`, "Shipped as booked."],
    [
      `souk order ship ${order} --tracking 3SABC123456`,
      "With another tracking number than the booking."
    ]
  ],
  notes: ["Only a confirmed order can be shipped."],
  options: {
    trackingNumber: Values.optional("tracking", {
      ...Values.textTo(100),
      placeholder: "<number>",
      says: "The carrier's number, where it is not the one of the booking."
    })
  },
  from: ["confirmed"],
  becomes: "shipped",
  done: ["shipped", "delivered"],
  send: (client, request, given) =>
    client.orders.ship({ ...request, payload: Values.given(given) }),
  tell: ({ id, trackingNumber: number }) => [
    `Shipped ${id}${number === undefined ? "" : ` under ${number}`}.`,
    `souk order deliver ${id}`
  ]
})

export const deliver = step({
  verb: "deliver",
  summary: "Mark an order as delivered.",
  examples: [
    [`souk order deliver ${order}`, "Delivered now."],
    [`souk order deliver ${order} --at 2025-01-31T12:00:00Z`, "Delivered at that time."]
  ],
  notes: ["Only a shipped order can be delivered."],
  options: {
    deliveredAt: Values.optional("at", {
      placeholder: "<time>",
      says: "When it was delivered; now unless given.",
      schema: Moment,
      expects: "an RFC 3339 time, such as 2025-01-31T12:00:00Z"
    })
  },
  from: ["shipped"],
  becomes: "delivered",
  done: ["delivered"],
  send: (client, request, given) =>
    client.orders.deliver({ ...request, payload: Values.given(given) }),
  tell: ({ id }) => [`Delivered ${id}.`, `souk order timeline ${id}`]
})
