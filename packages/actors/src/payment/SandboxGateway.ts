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

/** What the sandbox writes into its book, and reads there. */
const makeBook = Effect.map(SandboxLedger, (ledger) => {
  const write = (
    kind: LedgerEntry["kind"],
    { amount, key, orderId }: GatewayRequest,
    result: Settled & { readonly isFinal: boolean }
  ) =>
    ledger
      .write({ orderId, kind, amount, idempotencyKey: key, ...result })
      .pipe(Effect.mapBoth({ onFailure: refail, onSuccess: (done) => outcomeOf(key, done) }))
  return {
    accept: (kind: LedgerEntry["kind"], request: GatewayRequest) =>
      write(kind, request, { status: "succeeded", code: undefined, isFinal: true }),
    decline: (request: GatewayRequest, code: string) =>
      write("authorize", request, { status: "failed", code, isFinal: true }),
    /** An attempt that settles nothing. */
    stumble: (request: GatewayRequest) =>
      write("authorize", request, { status: "failed", code: "internal", isFinal: false }),
    history: (key: string) => Effect.mapError(ledger.history(key), refail)
  }
})

type Book = Effect.Effect.Success<typeof makeBook>

/** An authorisation by a card that does not simply say yes or no. */
const misbehave = (
  book: Book,
  request: GatewayRequest,
  behaviour: Exclude<CardBehaviour, { readonly _tag: "Accept" | "Decline" }>
): Effect.Effect<GatewayOutcome, GatewayFailure> =>
  Effect.gen(function* () {
    const { key } = request
    const { attempts, settled, sinceFirstMs } = yield* book.history(key)
    if (Option.isSome(settled)) return outcomeOf(key, settled.value)
    switch (behaviour._tag) {
      case "LoseAnswer":
        if (attempts > 0) return yield* book.accept("authorize", request)
        yield* behaviour.isCharged ? book.accept("authorize", request) : book.stumble(request)
        return yield* lost(key)
      case "AnswerLate":
        if (attempts > 0 && sinceFirstMs >= behaviour.afterMs) {
          return yield* book.accept("authorize", request)
        }
        if (attempts === 0) yield* book.stumble(request)
        return yield* lost(key)
      case "Stumble":
        if (attempts >= behaviour.times) return yield* book.accept("authorize", request)
        yield* book.stumble(request)
        return yield* new GatewayUnavailable({ detail: "500 internal error" })
    }
  })

const make = Effect.map(makeBook, (book) =>
  PaymentGateway.of({
    authorize: (request) => {
      const behaviour = behaviourOf(request.token)
      switch (behaviour._tag) {
        case "Accept":
          return behaviour.afterMs === 0
            ? book.accept("authorize", request)
            : Effect.delay(book.accept("authorize", request), behaviour.afterMs)
        case "Decline":
          return book.decline(request, behaviour.code)
        default:
          return misbehave(book, request, behaviour)
      }
    },
    capture: (request) => book.accept("capture", request),
    void: (request) => book.accept("void", request),
    refund: (request) => book.accept("refund", request),
    lookup: (key) =>
      Effect.map(book.history(key), ({ settled }) =>
        Option.map(settled, (done) => outcomeOf(key, done))
      )
  })
)

export const layer: Layer.Layer<PaymentGateway, never, SandboxLedger> = Layer.effect(
  PaymentGateway,
  make
)
