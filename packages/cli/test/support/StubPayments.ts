/** The stub shop's payments: the real decider, with outcomes by the order's id. */
import { createHash } from "node:crypto"
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { fold } from "@souk/domain/kernel/Decider"
import { OrderId, RefundId } from "@souk/domain/kernel/Ids"
import type { Currency } from "@souk/domain/kernel/Money"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import * as Payment from "@souk/domain/payment/Payment"
import {
  type PaymentCommand,
  PaymentNotAuthorized,
  PaymentNotFound,
  type RefundPayment
} from "@souk/domain/payment/PaymentCommand"
import { InternalError, KeyReused } from "@souk/http/Problem"
import { Effect, Option } from "effect"
import { Api } from "./StubApi.ts"

const at = fromMillis(1_700_000_000_000)

/** An order whose payment has this outcome; `n` keeps the tests apart. */
export const paid = (
  fate: "captured" | "declined" | "yen" | "dinar" | "refused" | "returned" | "pending" | "broken",
  n = 0
): OrderId => OrderId.make(`ord_${fate}${String(n).padStart(16, "0")}`)

const totals: Readonly<Record<string, readonly [amountMinor: number, currency: Currency]>> = {
  yen: [1_200, "JPY"],
  dinar: [1_250, "KWD"]
}

const commandsOf = (orderId: OrderId, fate: string): ReadonlyArray<PaymentCommand> => {
  const [amountMinor, currency] = totals[fate] ?? [2_000, "EUR"]
  const amount = { amountMinor, currency }
  const asked: PaymentCommand = { _tag: "AuthorizePayment", orderId, amount, token: "tok" }
  return fate === "declined"
    ? [asked, { _tag: "RecordDecline", code: "expired_card" }]
    : [
        asked,
        { _tag: "RecordAuthorization", reference: "sb_1" },
        { _tag: "CapturePayment", orderId },
        { _tag: "RecordCapture", reference: "sb_1" }
      ]
}

/** The provider's outcome of a refund. */
const answerTo = (fate: string, refundId: RefundId): ReadonlyArray<PaymentCommand> => {
  if (fate === "pending") return []
  const done: PaymentCommand = { _tag: "RecordRefund", refundId, reference: "sb_2" }
  if (fate === "returned") {
    return [done, { _tag: "RecordRefundReturned", refundId, code: "card_closed" }]
  }
  return fate === "refused"
    ? [{ _tag: "RecordRefundFailure", refundId, code: "card_closed" }]
    : [done]
}

type State = typeof Payment.decider.initial

const after = (state: State, command: PaymentCommand) =>
  Effect.map(Payment.decide(state, command, at), (events) => fold(Payment.decider, state, events))

const fateOf = (orderId: OrderId): string => /^ord_([a-z]+)\d/.exec(orderId)?.[1] ?? ""

/** The present payments, and the bodies of used keys. */
const states = new Map<OrderId, State>()
const bodies = new Map<string, string>()

const stateOf = (orderId: OrderId) =>
  Effect.gen(function* () {
    const fate = fateOf(orderId)
    if (fate === "") return yield* new PaymentNotFound()
    const before = states.get(orderId)
    if (before !== undefined) return before
    const commands = commandsOf(orderId, fate)
    return yield* Effect.reduce(commands, Payment.decider.initial, after).pipe(Effect.orDie)
  })

const viewOf = (state: State) => Option.getOrThrow(Payment.view(state))

const refund = (orderId: OrderId, key: string, payload: Pick<RefundPayment, "amount" | "reason">) =>
  Effect.gen(function* () {
    const fate = fateOf(orderId)
    if (fate === "broken") return yield* new InternalError()
    const isRepeat = bodies.has(key)
    if (isRepeat && bodies.get(key) !== JSON.stringify(payload)) return yield* new KeyReused()
    const hash = createHash("sha256").update(key).digest("hex").slice(0, 24)
    const refundId = RefundId.make(`re_${hash}`)
    const command = { _tag: "RefundPayment", orderId, refundId, ...payload } as const
    const asked = yield* after(yield* stateOf(orderId), command)
    const now = yield* Effect.reduce(answerTo(fate, refundId), asked, after)
    states.set(orderId, now)
    bodies.set(key, JSON.stringify(payload))
    const found = viewOf(now).refunds.find(({ id }) => id === refundId)
    return HttpServerResponse.unsafeJson(found, {
      status: found?.status === "pending" ? 202 : 201,
      headers: isRepeat ? { "idempotent-replayed": "true" } : {}
    })
  }).pipe(
    // The stub does not capture.
    Effect.catchIf((error) => error instanceof PaymentNotAuthorized, Effect.die)
  )

export const layer = HttpApiBuilder.group(Api, "payments", (handlers) =>
  handlers
    .handle("get", ({ path: { orderId } }) => Effect.map(stateOf(orderId), viewOf))
    .handle("list", () => new InternalError())
    .handle("refund", ({ headers, path: { orderId }, payload }) =>
      refund(orderId, headers["idempotency-key"], payload)
    )
)
