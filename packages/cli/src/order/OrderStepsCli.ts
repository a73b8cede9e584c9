/** What a person decides about an order: cancel it, ship it, say that it arrived. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Moment } from "@souk/domain/kernel/Moment"
import type { OrderStatus } from "@souk/domain/order/OrderView"
import type { Order } from "@souk/http/order/OrderApi"
import { Effect } from "effect"
import * as Attempt from "../Attempt.ts"
import { ExitCode } from "../ExitCode.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import * as Values from "../Values.ts"

interface Step {
  readonly from: ReadonlyArray<OrderStatus>
  readonly becomes: OrderStatus
}

/** What a dry run can say: the shop has the last word, by what is true when it is asked. */
const preview = (shop: Shop.Shop, id: OrderId, { becomes, from }: Step) =>
  Effect.gen(function* () {
    const { status } = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    if (status === becomes || from.includes(status)) {
      return { data: { id, status, becomes }, words: `${id}: ${status} would become ${becomes}.` }
    }
    return yield* new Stopped({
      code: "wrong_status",
      message: `${id} is ${status}: it cannot become ${becomes}`,
      hint: `See: souk order timeline ${id}`,
      exitCode: ExitCode.conflict
    })
  })

const outcome = (data: Order, words: string, next: string) => ({
  data,
  words,
  say: `Next: ${next}`
})

const notes = [...Attempt.notes, "--json prints the order as `souk order show --json` does."]

const order = "ord_3f8a2c9d1b7e4a60"

export const cancel = Resource.change({
  verb: "cancel",
  summary: "Take an order back: money and stock return.",
  examples: [
    [`souk order cancel ${order} --reason requested_by_customer`, "The customer asked for it."],
    [`souk order cancel ${order} --dry-run`, "Can it still be cancelled?"]
  ],
  notes: [
    "An order that was shipped cannot be cancelled; it can be refunded.",
    "Where stdin or stderr is no terminal nobody can be asked, and --yes is required.",
    ...notes
  ],
  options: {
    id: Values.orderId,
    reason: Values.optional("reason", {
      ...Values.textTo(500),
      says: "Why: requested_by_customer, requested_by_merchant, or a note."
    })
  },
  confirms: true,
  plan: ({ id, reason }, shop) =>
    Effect.succeed({
      preview: preview(shop, id, {
        from: ["pending", "cancelling", "confirmed"],
        becomes: "cancelled"
      }),
      question: `Cancel ${id}, and give money and stock back?`,
      send: (headers) =>
        Effect.map(
          shop.ask((client) =>
            client.orders.cancel({ path: { id }, headers, payload: Values.given({ reason }) })
          ),
          (order) =>
            order.status === "cancelled"
              ? outcome(
                  order,
                  `Cancelled ${id}: money and stock are back.`,
                  `souk payments show ${id}`
                )
              : outcome(
                  order,
                  `Cancelling ${id}: what was done for it is being taken back.`,
                  `souk order watch ${id}`
                )
        )
    })
})

export const ship = Resource.change({
  verb: "ship",
  summary: "The parcel left the house.",
  examples: [
    [`souk order ship ${order}`, "It left the house, as it was booked."],
    [`souk order ship ${order} --tracking 3SABC123456`, "The carrier gave it another number."]
  ],
  notes: ["Only a confirmed order can be shipped.", ...notes],
  options: {
    id: Values.orderId,
    trackingNumber: Values.optional("tracking", {
      ...Values.textTo(100),
      placeholder: "<number>",
      says: "The carrier's number, where it is not the one of the booking."
    })
  },
  plan: ({ id, trackingNumber }, shop) =>
    Effect.succeed({
      preview: preview(shop, id, { from: ["confirmed"], becomes: "shipped" }),
      send: (headers) =>
        Effect.map(
          shop.ask((client) =>
            client.orders.ship({ path: { id }, headers, payload: Values.given({ trackingNumber }) })
          ),
          (order) => {
            const under = order.trackingNumber === undefined ? "" : ` under ${order.trackingNumber}`
            return outcome(order, `Shipped ${id}${under}.`, `souk order deliver ${id}`)
          }
        )
    })
})

export const deliver = Resource.change({
  verb: "deliver",
  summary: "The parcel arrived.",
  examples: [
    [`souk order deliver ${order}`, "It has just arrived."],
    [`souk order deliver ${order} --at 2025-01-31T12:00:00Z`, "It arrived then."]
  ],
  notes: ["Only a shipped order can be delivered.", ...notes],
  options: {
    id: Values.orderId,
    deliveredAt: Values.optional("at", {
      placeholder: "<time>",
      says: "When it arrived; now unless given.",
      schema: Moment,
      expects: "an RFC 3339 time, such as 2025-01-31T12:00:00Z"
    })
  },
  plan: ({ deliveredAt, id }, shop) =>
    Effect.succeed({
      preview: preview(shop, id, { from: ["shipped"], becomes: "delivered" }),
      send: (headers) =>
        Effect.map(
          shop.ask((client) =>
            client.orders.deliver({ path: { id }, headers, payload: Values.given({ deliveredAt }) })
          ),
          (order) => outcome(order, `Delivered ${id}.`, `souk order timeline ${id}`)
        )
    })
})
