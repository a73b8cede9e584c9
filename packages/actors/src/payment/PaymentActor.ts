/** Runs payments: their intents become requests to the provider. */
import { clean } from "@souk/domain/kernel/Text"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import * as PaymentSaga from "@souk/domain/payment/PaymentSaga"
import { Effect, Option } from "effect"
import * as Actor from "../cluster/Actor.ts"
import type { ActorDefinition } from "../runtime/ActorDefinition.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import {
  type AnyOutcome,
  type GatewayFailure,
  PaymentGateway,
  type ProviderDisagrees
} from "./PaymentGateway.ts"

/** How long a request for which no order waits may stay open before the payment resumes. */
const ownDue = { inMs: 5_000 }

/** How many characters of a provider's message one log line has. */
const logCharsMax = 1_000

const kinds = {
  Authorize: "authorize",
  Check: "authorize",
  Capture: "capture",
  Void: "void",
  Refund: "refund"
} as const

/** Recorded, so that a person sees it; a retry would not help. */
const disagreed = (isRecheck: boolean) => (disagreement: ProviderDisagrees) => {
  const sentence = clean(disagreement.message, logCharsMax)
  return Effect.as(isRecheck ? Effect.logDebug(sentence) : Effect.logError(sentence), {
    _tag: "Disagrees",
    reference: disagreement.reference,
    detail: disagreement.detail
  } as const)
}

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
    /** Before a request is repeated, the provider is asked for the outcome of the first. */
    const ask = (intent: PaymentSaga.PaymentIntent, isRepeat: boolean) => {
      const call: Effect.Effect<AnyOutcome, GatewayFailure> = calls[intent._tag](intent)
      const again = Effect.flatMap(
        gateway.lookup({ ...intent, kind: kinds[intent._tag] }),
        Option.match({ onNone: () => call, onSome: Effect.succeed })
      )
      const isSecond = isRepeat || intent.isRecheck || intent._tag === "Check"
      return isSecond ? again : Effect.catchTag(call, "OutcomeUnknown", () => again)
    }
    const definition: ActorDefinition<PaymentAggregate> = {
      aggregate: PaymentAggregate,
      resume: { _tag: "ResumePayment" },
      // An order resumes its payment until it is paid; later requests need their own reminder.
      reminders: (payment) => (PaymentSaga.isOnItsOwn(payment) ? { saga: ownDue } : {}),
      isOpenEnded: PaymentSaga.awaitsPerson,
      canPassivate: (payment) => payment._tag !== "Authorized",
      idleMs: 60_000,
      execute: (intent, _metadata, isRepeat) =>
        ask(intent, isRepeat).pipe(
          Effect.catchTag("ProviderDisagrees", disagreed(intent.isRecheck)),
          Effect.map((outcome) => PaymentSaga.answer(intent, outcome))
        )
    }
    return definition
  })
)
