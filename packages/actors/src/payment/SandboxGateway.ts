/**
 * A payment provider of our own, for shops that only play: it behaves by card, and keeps a book.
 */
import { Effect, Layer, Option } from "effect"
import { digest } from "../cluster/Digest.ts"
import type { JournalUnavailable } from "../journal/Journal.ts"
import {
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  GatewayUnavailable,
  OutcomeUnknown,
  PaymentGateway
} from "./PaymentGateway.ts"
import { behaviourOf, type CardBehaviour } from "./SandboxCards.ts"
import { type LedgerEntry, SandboxLedger, type Settled } from "./SandboxLedger.ts"

/** How long a lost answer keeps its caller waiting. */
const lostAnswerMs = 1_000

const outcomeOf = (key: string, { code, status }: Settled): GatewayOutcome =>
  status === "succeeded"
    ? { _tag: "Succeeded", reference: `sb_${digest(key).slice(0, 24)}` }
    : { _tag: "Declined", code: code ?? "generic_decline" }

const refail = (error: JournalUnavailable) => new GatewayUnavailable({ detail: error.message })

const lost = (key: string) =>
  Effect.delay(Effect.fail(new OutcomeUnknown({ key, detail: "no answer" })), lostAnswerMs)

const make = Effect.gen(function* () {
  const ledger = yield* SandboxLedger

  const write = (
    kind: LedgerEntry["kind"],
    { amount, key, orderId }: GatewayRequest,
    result: Settled & { readonly isFinal: boolean }
  ) =>
    ledger
      .write({ orderId, kind, amount, idempotencyKey: key, ...result })
      .pipe(Effect.mapBoth({ onFailure: refail, onSuccess: (done) => outcomeOf(key, done) }))

  const accept = (kind: LedgerEntry["kind"], request: GatewayRequest) =>
    write(kind, request, { status: "succeeded", code: undefined, isFinal: true })

  const stumble = (request: GatewayRequest) =>
    write("authorize", request, { status: "failed", code: "internal", isFinal: false })

  /** An authorisation by a card that does not simply say yes or no. */
  const misbehave = (
    request: GatewayRequest,
    behaviour: Exclude<CardBehaviour, { readonly _tag: "Accept" | "Decline" }>
  ): Effect.Effect<GatewayOutcome, GatewayFailure> =>
    Effect.gen(function* () {
      const { key } = request
      const { attempts, settled, sinceFirstMs } = yield* Effect.mapError(
        ledger.history(key),
        refail
      )
      if (Option.isSome(settled)) return outcomeOf(key, settled.value)
      switch (behaviour._tag) {
        case "LoseAnswer":
          if (attempts > 0) return yield* accept("authorize", request)
          yield* behaviour.isCharged ? accept("authorize", request) : stumble(request)
          return yield* lost(key)
        case "AnswerLate":
          if (attempts > 0 && sinceFirstMs >= behaviour.afterMs) {
            return yield* accept("authorize", request)
          }
          if (attempts === 0) yield* stumble(request)
          return yield* lost(key)
        case "Stumble":
          if (attempts >= behaviour.times) return yield* accept("authorize", request)
          yield* stumble(request)
          return yield* new GatewayUnavailable({ detail: "500 internal error" })
      }
    })

  return PaymentGateway.of({
    authorize: (request) => {
      const behaviour = behaviourOf(request.token)
      switch (behaviour._tag) {
        case "Accept":
          return behaviour.afterMs === 0
            ? accept("authorize", request)
            : Effect.delay(accept("authorize", request), behaviour.afterMs)
        case "Decline": {
          const { code } = behaviour
          return write("authorize", request, { status: "failed", code, isFinal: true })
        }
        default:
          return misbehave(request, behaviour)
      }
    },
    capture: (request) => accept("capture", request),
    void: (request) => accept("void", request),
    refund: (request) => accept("refund", request),
    lookup: (key) =>
      Effect.mapBoth(ledger.history(key), {
        onFailure: refail,
        onSuccess: ({ settled }) => Option.map(settled, (done) => outcomeOf(key, done))
      })
  })
})

export const layer: Layer.Layer<PaymentGateway, never, SandboxLedger> = Layer.effect(
  PaymentGateway,
  make
)
