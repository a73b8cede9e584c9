/** What a person decides about an order: cancel it, ship it, say that it arrived. */
import * as Command from "@effect/cli/Command"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Moment } from "@souk/domain/kernel/Moment"
import { text } from "@souk/domain/kernel/Text"
import type { OrderStatus } from "@souk/domain/order/OrderView"
import type { Order } from "@souk/http/order/OrderApi"
import { Effect, Option } from "effect"
import * as Attempt from "../Attempt.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { Output } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import * as Values from "../Values.ts"

const common = { id: Values.orderId, ...changingOptions, ...commonOptions }

/** What a dry run can say: the shop has the last word, by what is true when it is asked. */
const preview = (
  shop: Shop.Shop,
  id: OrderId,
  { becomes, from }: { readonly from: ReadonlyArray<OrderStatus>; readonly becomes: OrderStatus }
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { status } = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    if (status !== becomes && !from.includes(status)) {
      return yield* new Stopped({
        code: "wrong_status",
        message: `${id} is ${status}: it cannot become ${becomes}`,
        hint: `See: souk order timeline ${id}`,
        exitCode: ExitCode.conflict
      })
    }
    const told = { dryRun: true, id, status, becomes }
    yield* output.data(told, () => `${id}: ${status} would become ${becomes}.`)
    yield* output.say("This was a dry run: nothing was changed.")
  })

const tell = (order: Order, words: string, next: string) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* output.data(order, () => words)
    yield* output.say(`Next: ${next}`)
  })

/** What a step does to an order, or what had become of the order before it. */
const stepping = <E, R>(
  shop: Shop.Shop,
  id: OrderId,
  /** Where the step, asked for again, changes nothing. */
  done: ReadonlyArray<OrderStatus>,
  step: Effect.Effect<Order, E, R>,
  tellDone: (order: Order) => { readonly words: string; readonly next: string }
) =>
  Effect.gen(function* () {
    const before = yield* shop.ask((client) => client.orders.get({ path: { id }, headers: {} }))
    const order = yield* step
    const words = done.includes(before.status)
      ? { words: `${id} is ${order.status} already.`, next: `souk order timeline ${id}` }
      : tellDone(order)
    yield* tell(order, words.words, words.next)
  })

const cancelOptions = {
  reason: Values.optional("reason", {
    placeholder: "<text>",
    says: "Why: requested_by_customer, requested_by_merchant, or a note.",
    schema: text(500),
    expects: "a text of 1 to 500 characters"
  }),
  ...Confirmation.confirmingOptions,
  ...common
}

export const cancel = Command.make("cancel", cancelOptions, (given) =>
  Effect.gen(function* () {
    const { id, reason, yes } = given
    if (!given.dryRun) yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(given.keyFile)
    if (given.dryRun) {
      return yield* preview(shop, id, {
        from: ["pending", "cancelling", "confirmed"],
        becomes: "cancelled"
      })
    }
    yield* Confirmation.ask(yes, `Cancel ${id}, and give money and stock back?`)
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const payload = Option.isSome(reason) ? { reason: reason.value } : {}
        const step = shop.ask((client) => client.orders.cancel({ path: { id }, headers, payload }))
        yield* stepping(shop, id, ["cancelled"], step, ({ status }) =>
          status === "cancelled"
            ? {
                words: `Cancelled ${id}: money and stock are back.`,
                next: `souk payments show ${id}`
              }
            : {
                words: `Cancelling ${id}: what was done for it is being taken back.`,
                next: `souk order watch ${id}`
              }
        )
      })
    )
  })
).pipe(Command.withDescription("Take an order back: money and stock return."))

const shipOptions = {
  tracking: Values.optional("tracking", {
    placeholder: "<number>",
    says: "The carrier's number, where it is not the one of the booking.",
    schema: text(100),
    expects: "a text of 1 to 100 characters"
  }),
  ...common
}

export const ship = Command.make("ship", shipOptions, (given) =>
  Effect.gen(function* () {
    const { id, tracking } = given
    const shop = yield* Shop.connect(given.keyFile)
    if (given.dryRun) return yield* preview(shop, id, { from: ["confirmed"], becomes: "shipped" })
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const payload = Option.isSome(tracking) ? { trackingNumber: tracking.value } : {}
        const step = shop.ask((client) => client.orders.ship({ path: { id }, headers, payload }))
        yield* stepping(shop, id, ["shipped", "delivered"], step, ({ trackingNumber }) => ({
          words: `Shipped ${id}${trackingNumber === undefined ? "" : ` under ${trackingNumber}`}.`,
          next: `souk order deliver ${id}`
        }))
      })
    )
  })
).pipe(Command.withDescription("The parcel left the house."))

const deliverOptions = {
  at: Values.optional("at", {
    placeholder: "<time>",
    says: "When it arrived; now unless given.",
    schema: Moment,
    expects: "an RFC 3339 time, such as 2025-01-31T12:00:00Z"
  }),
  ...common
}

export const deliver = Command.make("deliver", deliverOptions, (given) =>
  Effect.gen(function* () {
    const { at, id } = given
    const shop = yield* Shop.connect(given.keyFile)
    if (given.dryRun) return yield* preview(shop, id, { from: ["shipped"], becomes: "delivered" })
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const payload = Option.isSome(at) ? { deliveredAt: at.value } : {}
        const step = shop.ask((client) => client.orders.deliver({ path: { id }, headers, payload }))
        yield* stepping(shop, id, ["delivered"], step, () => ({
          words: `Delivered ${id}.`,
          next: `souk order timeline ${id}`
        }))
      })
    )
  })
).pipe(Command.withDescription("The parcel arrived."))
