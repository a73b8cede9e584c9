/** The payment of one order, live: it asks the provider what its journal says must be asked. */
import * as Payment from "@souk/domain/payment/Payment"
import { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import * as PaymentSaga from "@souk/domain/payment/PaymentSaga"
import { Effect, Option } from "effect"
import * as Actor from "../cluster/Actor.ts"
import * as Definition from "../cluster/Definition.ts"
import * as EventCodec from "../journal/EventCodec.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import { type AuthorizeOutcome, type GatewayFailure, PaymentGateway } from "./PaymentGateway.ts"

/** How long a refund that nobody waits for may stay open before the sweeper looks at it. */
const refundDueMs = 5_000

const kinds = {
  Authorize: "authorize",
  Check: "authorize",
  Capture: "capture",
  Void: "void",
  Refund: "refund"
} as const

export const layer = Actor.layer(
  PaymentEntity,
  Effect.gen(function* () {
    const gateway = yield* PaymentGateway
    const calls = {
      Authorize: gateway.authorize,
      Check: gateway.authorize,
      Capture: gateway.capture,
      Void: gateway.void,
      Refund: gateway.refund
    }
    /** Before anything is asked a second time, the provider is asked what became of the first. */
    const ask = (intent: PaymentSaga.PaymentIntent, isRepeat: boolean) => {
      const call: Effect.Effect<AuthorizeOutcome, GatewayFailure> = calls[intent._tag](intent)
      const again = Effect.flatMap(
        gateway.lookup({ ...intent, kind: kinds[intent._tag] }),
        Option.match({ onNone: () => call, onSome: Effect.succeed })
      )
      const isSecond = isRepeat || intent._tag === "Check"
      return isSecond ? again : Effect.catchTag(call, "OutcomeUnknown", () => again)
    }
    return Definition.make({
      decider: Payment.decider,
      saga: PaymentSaga.saga,
      codec: EventCodec.make(PaymentEvent),
      view: Payment.view,
      // An order looks after its payment until it is paid; refunds asked for by people are alone.
      dueInMs: (payment) => (PaymentSaga.hasOpenRefund(payment) ? refundDueMs : undefined),
      isOpenEnded: (payment) => payment._tag === "AwaitingCustomer",
      mayLeave: (payment) => payment._tag !== "Authorized",
      idleMs: 60_000,
      snapshots: undefined,
      perform: (intent, _metadata, isRepeat) =>
        Effect.map(ask(intent, isRepeat), (outcome) => PaymentSaga.answer(intent, outcome))
    })
  })
)
