/**
 * The sandbox payment provider, for trials and tests. Its behaviour depends on the card.
 */
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Effect, FiberSet, Layer, Option } from "effect"
import { digest } from "../cluster/Digest.ts"
import type { JournalUnavailable } from "../journal/Journal.ts"
import {
  type AuthorizeOutcome,
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  GatewayUnavailable,
  type NeedsCustomer,
  OutcomeUnknown,
  PaymentGateway
} from "./PaymentGateway.ts"
import { PaymentWebhookSender } from "./PaymentWebhookSender.ts"
import { type LedgerEntry, SandboxLedger, type Settled } from "./SandboxLedger.ts"

/** What a card does when it is charged. */
type CardBehaviour =
  | { readonly _tag: "Accept"; readonly afterMs: number; readonly refundCode?: string }
  | { readonly _tag: "Decline"; readonly code: string }
  /** The response is lost; the money was authorised, or not. */
  | { readonly _tag: "LoseAnswer"; readonly isCharged: boolean }
  /** No response until this long after the first attempt; then accepted. */
  | { readonly _tag: "AnswerLate"; readonly afterMs: number }
  /**
   * The bank requires the customer, who returns after this long; so many webhooks are sent. Then
   * the bank accepts, or declines.
   */
  | {
      readonly _tag: "AskCustomer"
      readonly afterMs: number
      readonly notices: number
      readonly code?: string
    }
  /** Internal errors this many times, then accepted. */
  | { readonly _tag: "Stumble"; readonly times: number }

const decline = (code: string): CardBehaviour => ({ _tag: "Decline", code })

const cards: Readonly<Record<string, CardBehaviour>> = {
  pm_card_visa: { _tag: "Accept", afterMs: 0 },
  pm_card_mastercard: { _tag: "Accept", afterMs: 0 },
  /** Accepts payments, and fails refunds. */
  pm_card_refundFail: { _tag: "Accept", afterMs: 0, refundCode: "expired_or_canceled_card" },
  pm_card_chargeDeclined: decline("generic_decline"),
  pm_card_chargeDeclinedInsufficientFunds: decline("insufficient_funds"),
  pm_card_chargeDeclinedExpiredCard: decline("expired_card"),
  pm_card_authenticationRequired: { _tag: "AskCustomer", afterMs: 2_000, notices: 1 },
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: {
    _tag: "AskCustomer",
    afterMs: 500,
    notices: 1,
    code: "insufficient_funds"
  },
  pm_souk_slow: { _tag: "Accept", afterMs: 2_000 },
  pm_souk_timeout_charged: { _tag: "LoseAnswer", isCharged: true },
  pm_souk_timeout_not_charged: { _tag: "LoseAnswer", isCharged: false },
  pm_souk_silence: { _tag: "AskCustomer", afterMs: 2_000, notices: 0 },
  pm_souk_late_success: { _tag: "AnswerLate", afterMs: 10_000 },
  pm_souk_duplicate_webhook: { _tag: "AskCustomer", afterMs: 500, notices: 3 },
  pm_souk_flaky: { _tag: "Stumble", times: 2 }
}

/** The behaviour of the card of `token`; an unknown token is declined. */
const behaviourOf = (token: string): CardBehaviour =>
  cards[token] ?? decline("invalid_payment_method")

/** How long a caller waits for a response that is lost. */
const lostAnswerMs = 1_000

const referenceOf = (key: string): string => `sb_${digest(key).slice(0, 24)}`

const outcomeOf = (key: string, { code, status }: Settled): GatewayOutcome =>
  status === "succeeded"
    ? { _tag: "Succeeded", reference: referenceOf(key) }
    : { _tag: "Declined", code: code ?? "generic_decline" }

const needsCustomer = (key: string): NeedsCustomer => ({
  _tag: "NeedsCustomer",
  reference: referenceOf(key),
  nextAction: {
    type: "redirect_to_url",
    redirectUrl: `https://bank.souk.example/confirm/${referenceOf(key)}`
  }
})

const refail = (error: JournalUnavailable) => new GatewayUnavailable({ detail: error.message })

const lost = (key: string) =>
  Effect.delay(Effect.fail(new OutcomeUnknown({ key, detail: "no answer" })), lostAnswerMs)

/** The part of the ledger that the gateway uses. */
const makeLedger = Effect.map(SandboxLedger, (ledger) => {
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
    decline: (kind: LedgerEntry["kind"], request: GatewayRequest, code: string) =>
      write(kind, request, { status: "failed", code, isFinal: true }),
    /** An attempt that settles nothing. */
    stumble: (request: GatewayRequest) =>
      write("authorize", request, { status: "failed", code: "internal", isFinal: false }),
    history: (key: string) => Effect.mapError(ledger.history(key), refail),
    /**
     * Whether the authorisation was voided: it holds no money, whatever the bank decided before.
     */
    isVoided: (orderId: OrderId) =>
      ledger
        .history(`${orderId}/void`)
        .pipe(
          Effect.mapBoth({ onFailure: refail, onSuccess: ({ settled }) => Option.isSome(settled) })
        )
  }
})

/** As at Stripe: a voided authorisation is not authorised, also in a lookup of its own key. */
const voided: GatewayOutcome = { _tag: "Declined", code: "canceled" }

type Awaited = Extract<CardBehaviour, { readonly _tag: "AskCustomer" }>

type Ledger = Effect.Effect.Success<typeof makeLedger>

/** The customer returned: the bank accepts, or declines for another reason. */
const returned = (ledger: Ledger, request: GatewayRequest, code: string | undefined) =>
  code === undefined
    ? ledger.accept("authorize", request)
    : ledger.decline("authorize", request, code)

/** An authorisation by a card that is not accepted or declined at once. */
const misbehave = (
  ledger: Ledger,
  request: GatewayRequest,
  behaviour: Exclude<CardBehaviour, { readonly _tag: "Accept" | "Decline" }>,
  awaited: (behaviour: Awaited) => Effect.Effect<void>
): Effect.Effect<AuthorizeOutcome, GatewayFailure> =>
  Effect.gen(function* () {
    const { key, orderId } = request
    if (yield* ledger.isVoided(orderId)) return voided
    const { attempts, settled, sinceFirstMs } = yield* ledger.history(key)
    if (Option.isSome(settled)) return outcomeOf(key, settled.value)
    switch (behaviour._tag) {
      case "AskCustomer":
        if (attempts > 0 && sinceFirstMs >= behaviour.afterMs) {
          return yield* returned(ledger, request, behaviour.code)
        }
        if (attempts === 0) {
          yield* ledger.stumble(request)
          yield* awaited(behaviour)
        }
        return needsCustomer(key)
      case "LoseAnswer":
        if (attempts > 0) return yield* ledger.accept("authorize", request)
        yield* behaviour.isCharged ? ledger.accept("authorize", request) : ledger.stumble(request)
        return yield* lost(key)
      case "AnswerLate":
        if (attempts > 0 && sinceFirstMs >= behaviour.afterMs) {
          return yield* ledger.accept("authorize", request)
        }
        if (attempts === 0) yield* ledger.stumble(request)
        return yield* lost(key)
      case "Stumble":
        if (attempts >= behaviour.times) return yield* ledger.accept("authorize", request)
        yield* ledger.stumble(request)
        return yield* new GatewayUnavailable({ detail: "500 internal error" })
    }
  })

const make = Effect.gen(function* () {
  const ledger = yield* makeLedger
  const notices = yield* PaymentWebhookSender
  const run = yield* FiberSet.makeRuntime<never>()

  /** The customer returns later; webhooks are sent once, several times, or not at all. */
  const awaited = (request: GatewayRequest) => (behaviour: Awaited) =>
    Effect.sync(() => {
      const { afterMs, code, notices: times } = behaviour
      const { amount, key, orderId } = request
      const told = notices.send({ orderId, amount, reference: referenceOf(key), code }, times)
      // A customer who returns to a voided authorisation finds nothing to confirm.
      const agree = Effect.gen(function* () {
        if (!(yield* ledger.isVoided(orderId))) yield* returned(ledger, request, code)
      })
      const back = Effect.zipRight(Effect.ignoreLogged(agree), told)
      run(Effect.delay(back, afterMs))
    })

  const authorize = (request: GatewayRequest) => {
    const behaviour = behaviourOf(request.token)
    switch (behaviour._tag) {
      case "Accept":
        return behaviour.afterMs === 0
          ? ledger.accept("authorize", request)
          : Effect.delay(ledger.accept("authorize", request), behaviour.afterMs)
      case "Decline":
        return ledger.decline("authorize", request, behaviour.code)
      default:
        return misbehave(ledger, request, behaviour, awaited(request))
    }
  }

  return PaymentGateway.of({
    stepMinor: () => 1,
    authorize,
    capture: (request) => ledger.accept("capture", request),
    void: (request) => ledger.accept("void", request),
    refund: (request) => {
      const behaviour = behaviourOf(request.token)
      const code = behaviour._tag === "Accept" ? behaviour.refundCode : undefined
      return code === undefined
        ? ledger.accept("refund", request)
        : ledger.decline("refund", request, code)
    },
    lookup: (request) =>
      Effect.gen(function* () {
        const isAuthorization = request.kind === "authorize"
        if (isAuthorization && (yield* ledger.isVoided(request.orderId))) return Option.some(voided)
        const { attempts, settled } = yield* ledger.history(request.key)
        if (Option.isSome(settled)) return Option.some(outcomeOf(request.key, settled.value))
        const isAwaited = behaviourOf(request.token)._tag === "AskCustomer" && attempts > 0
        return isAwaited && isAuthorization ? Option.some(yield* authorize(request)) : Option.none()
      }),
    nextAction: ({ key }) =>
      Effect.map(ledger.history(key), ({ attempts, settled }) =>
        Option.isNone(settled) && attempts > 0
          ? Option.some(needsCustomer(key).nextAction)
          : Option.none()
      )
  })
})

export const layer: Layer.Layer<PaymentGateway, never, SandboxLedger | PaymentWebhookSender> =
  Layer.scoped(PaymentGateway, make)
