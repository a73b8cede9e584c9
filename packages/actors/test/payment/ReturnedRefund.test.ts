/** A refund is not over when the provider calls it done: banks take days, or send it back. */
import { assert, describe, it } from "@effect/vitest"
import { RefundId } from "@souk/domain/kernel/Ids"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Layer, Option } from "effect"
import * as Rooms from "../../src/Rooms.ts"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import { OrderEntity } from "../../src/order/OrderEntity.ts"
import { PaymentEntity } from "../../src/payment/PaymentEntity.ts"
import { PaymentReadModel } from "../../src/payment/PaymentReadModel.ts"
import * as Reconciliation from "../../src/payment/Reconciliation.ts"
import { WebhookInbox } from "../../src/payment/WebhookInbox.ts"
import * as WebhookWorker from "../../src/payment/WebhookWorker.ts"
import * as SandboxCarrier from "../../src/shipment/SandboxCarrier.ts"
import { eventually } from "../support/Eventually.ts"
import { orderId, placeOrder, stockUp } from "../support/Requests.ts"
import { inStripe, StandIn, type StripeShop } from "../support/StripeShop.ts"
import { metadata } from "../support/TestShop.ts"
import * as WebhookInboxMemory from "../support/WebhookInboxMemory.ts"

const list = PaymentReadModel.of({
  list: () => Effect.die("not used by this test"),
  places: () => Effect.succeed([]),
  totals: Effect.succeed([])
})

const shop = Layer.mergeAll(Rooms.layerActors, WebhookWorker.layer).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      Cluster.layerSingle,
      ActorClient.layer,
      JournalMemory.layer,
      SandboxCarrier.layer,
      WebhookInboxMemory.layer,
      Layer.succeed(PaymentReadModel, list)
    )
  )
)

type Shop = StripeShop | Layer.Layer.Success<typeof shop>

const inShop = <A, E>(test: Effect.Effect<A, E, Shop>) => inStripe(test.pipe(Effect.provide(shop)))

const refundId = RefundId.make("re_00000000000000000001")

/** An order that is paid for, and of which some is given back. */
const refunded = (token: string) =>
  Effect.gen(function* () {
    yield* stockUp("LAMP", 5)
    const orders = yield* ActorClient.make(OrderEntity)
    const command = placeOrder(1, { token })
    const { view } = yield* orders.handle(command.orderId, command, metadata("place"), 30_000)
    assert.strictEqual(view?.status, "confirmed")
    const payments = yield* ActorClient.make(PaymentEntity)
    const amount = { amountMinor: 500, currency: "EUR" } as const
    const refund = { _tag: "RefundPayment", orderId: command.orderId, refundId, amount } as const
    const asked = { ...refund, reason: "broken", who: "admin" }
    return yield* payments.handle(command.orderId, asked, metadata("refund"), 1_000)
  })

const payment = Effect.gen(function* () {
  const { view } = yield* (yield* ActorClient.make(PaymentEntity)).read(orderId(1))
  return view ?? (yield* Effect.dieMessage("no payment"))
})

const sums = ({ refundable, refunded, status }: PaymentView) => [
  status,
  refunded.amountMinor,
  refundable.amountMinor
]

/** The bank changes its mind about the one refund there is. */
const settle = (status: string, failure_reason?: string) =>
  Effect.map(StandIn, ({ book }) => {
    for (const { id } of book.refunds.values()) {
      book.settleRefund(id, { status, ...(failure_reason && { failure_reason }) })
    }
  })

const told = (type: string) =>
  Effect.flatMap(WebhookInbox, (inbox) =>
    inbox.receive({ provider: "stripe", eventId: `evt_${type}`, type, orderId: orderId(1) })
  )

describe("a refund that the bank sends back", () => {
  it.live.each(["refund.failed", "charge.refund.updated"])(
    "is taken back when %s says that there is something to hear",
    (type) =>
      inShop(
        Effect.gen(function* () {
          yield* refunded("pm_card_visa")
          assert.deepStrictEqual(sums(yield* payment), ["partially_refunded", 500, 1_500])
          // News of what we know already is no news.
          yield* told("refund.created")
          yield* settle("failed", "expired_or_canceled_card")
          yield* told(type)
          yield* eventually(Effect.map(payment, ({ status }) => status === "captured"))
          const after = yield* payment
          assert.deepStrictEqual(sums(after), ["captured", 0, 2_000])
          const [refund] = after.refunds
          assert.deepInclude(refund, { status: "failed", code: "expired_or_canceled_card" })
          assert.isDefined(refund?.returnedAt)
        })
      ),
    60_000
  )

  it.live(
    "is taken back by a comparison of the books, which tells of it once",
    () =>
      inShop(
        Effect.gen(function* () {
          yield* refunded("pm_card_visa")
          yield* settle("failed", "lost_or_stolen_card")
          const { one } = yield* Reconciliation.make
          const compare = Effect.map(
            one(orderId(1), { who: "test", causationId: "test" }),
            (found) => Option.getOrThrow(found).differences
          )
          const [difference] = yield* compare
          assert.deepInclude(difference, {
            problem: "other_status",
            ours: "succeeded",
            theirs: "failed"
          })
          assert.deepStrictEqual(sums(yield* payment), ["captured", 0, 2_000])
          assert.deepStrictEqual(yield* compare, [])
        })
      ),
    60_000
  )
})

describe("a refund that the bank takes days over", () => {
  it.live(
    "is asked for once, looked at when there is something to hear, and no difference meanwhile",
    () =>
      inShop(
        Effect.gen(function* () {
          const { view } = yield* refunded("pm_card_pendingRefund")
          assert.strictEqual(view?.refunds[0]?.status, "pending")
          const { requests } = yield* StandIn
          const posts = requests.filter(
            ({ method, path }) => method === "POST" && path === "/v1/refunds"
          )
          assert.strictEqual(posts.length, 1)
          const { one } = yield* Reconciliation.make
          const found = yield* one(orderId(1), { who: "test", causationId: "test" })
          assert.deepInclude(Option.getOrThrow(found), { isOpen: true, differences: [] })
          yield* settle("succeeded")
          yield* told("refund.updated")
          yield* eventually(Effect.map(payment, ({ refunded }) => refunded.amountMinor === 500))
        })
      ),
    60_000
  )
})
