/** How a failure is told: to people in words, to programs as JSON, to the shell as a number. */
import * as Money from "@souk/domain/kernel/Money"
import { byTag } from "@souk/domain/kernel/Tagged"
import { Cause, Effect } from "effect"
import type { NoKey } from "./AdminKey.ts"
import { retryLine, retryWords } from "./Attempt.ts"
import { ExitCode } from "./ExitCode.ts"
import type { Misuse } from "./Misuse.ts"
import { Output } from "./Output.ts"
import type { ShopFailed } from "./Shop.ts"
import type { Stopped } from "./Stopped.ts"
import type { WriteError } from "./Streams.ts"
import { printable } from "./Table.ts"
import type { Telling } from "./Telling.ts"
import * as Unanswered from "./Unanswered.ts"

export type Failure = Misuse | NoKey | ShopFailed | Stopped | WriteError

interface Refused {
  readonly message: string
}

/** The shop has understood, and says no: nothing was changed. */
const refused =
  (code: string, exitCode: ExitCode, hint?: string) =>
  (error: Refused): Telling => ({
    code,
    message: error.message,
    exitCode,
    isRefused: true,
    ...(hint !== undefined && { hint })
  })

/** The shop takes no requests of anybody, or no more of this caller, for a while. */
const postponed = (code: string, { message }: Refused, hint?: string): Telling => ({
  code,
  message,
  exitCode: ExitCode.failure,
  ...(hint !== undefined && { hint })
})

/** The shop could not say what became of it. */
const failed = (code: string, error: Refused): Telling => ({
  code,
  message: error.message,
  exitCode: ExitCode.failure,
  isLogged: true,
  outcome: "unknown"
})

const ofShop = ({ failure, url }: ShopFailed): Telling =>
  byTag<ShopFailed["failure"], Telling>({
    Unauthorized: () => ({
      code: "unauthorized",
      message: `${url} does not accept this key`,
      hint: "See: souk help environment",
      exitCode: ExitCode.notAllowed,
      isRefused: true
    }),
    Forbidden: refused("forbidden", ExitCode.notAllowed),
    ProductNotFound: refused("product_not_found", ExitCode.notFound),
    OrderNotFound: refused("order_not_found", ExitCode.notFound, "See: souk order list"),
    OrderAlreadyCancelled: refused("order_already_cancelled", ExitCode.conflict),
    OrderAlreadyShipped: refused("order_already_shipped", ExitCode.conflict),
    OrderNotConfirmed: refused("order_not_confirmed", ExitCode.conflict),
    OrderNotShipped: refused("order_not_shipped", ExitCode.conflict),
    DeliveryTimeImpossible: refused("delivery_time_impossible", ExitCode.usage),
    AdjustmentBelowReserved: refused("adjustment_below_reserved", ExitCode.conflict),
    StockTooLarge: refused("stock_too_large", ExitCode.conflict),
    PaymentNotFound: refused("payment_not_found", ExitCode.notFound, "See: souk order list"),
    PaymentNotCaptured: refused("payment_not_captured", ExitCode.conflict),
    RefundExceedsCaptured: ({ asked, refundable }) => ({
      code: "refund_exceeds_captured",
      message: `${Money.format(asked)} were asked for, and ${Money.format(refundable)} are left`,
      exitCode: ExitCode.conflict,
      isRefused: true
    }),
    RefundCurrencyMismatch: refused("refund_currency_mismatch", ExitCode.conflict),
    RefundOfNothing: refused("refund_of_nothing", ExitCode.usage),
    TooManyRefunds: refused("too_many_refunds", ExitCode.conflict),
    AmountNotPayable: refused("amount_not_payable", ExitCode.usage),
    ApiKeyNotFound: refused("api_key_not_found", ExitCode.notFound, "See: souk key list"),
    ScopesNotGrantable: refused("scopes_not_grantable", ExitCode.notAllowed),
    ReadModelNotFound: refused("read_model_not_found", ExitCode.notFound, "See: souk db status"),
    DeadLetterNotFound: refused(
      "dead_letter_not_found",
      ExitCode.notFound,
      "See: souk dead-letter list"
    ),
    UserNotFound: refused("user_not_found", ExitCode.notFound, "See: souk user list"),
    NotReady: (error) => postponed("not_ready", error, "See: souk doctor"),
    PreconditionFailed: refused("precondition_failed", ExitCode.conflict),
    KeyReused: refused("idempotency_key_reused", ExitCode.conflict),
    InvalidRequest: refused("invalid_request", ExitCode.usage),
    QuotaExceeded: (error) => postponed("quota_exceeded", error),
    HttpApiDecodeError: refused("invalid_request", ExitCode.usage),
    ListBehind: refused("list_behind", ExitCode.failure),
    Unavailable: (error) => failed("unavailable", error),
    InternalError: (error) => failed("internal_error", error),
    NoAnswer: ({ afterMs }) => Unanswered.late(url, afterMs),
    RequestError: (error) => Unanswered.unreachable(url, error),
    ResponseError: ({ response }) => Unanswered.unexpected(url, response.status),
    ParseError: () => Unanswered.unexpected(url)
  })(failure)

export const tellingOf = byTag<Exclude<Failure, { readonly _tag: "ReaderLeft" }>, Telling>({
  Misuse: ({ hint, message }) => ({ code: "usage", message, hint, exitCode: ExitCode.usage }),
  Stopped: ({ code, exitCode, hint, message }) => ({ code, message, hint, exitCode }),
  NoKey: ({ hint, message }) => ({
    code: "no_key",
    message,
    hint,
    exitCode: ExitCode.notAllowed
  }),
  OutputLost: ({ message }) => ({
    code: "output_lost",
    message,
    exitCode: ExitCode.failure,
    outcome: "done"
  }),
  ShopFailed: ofShop
})

const outcomes = {
  unknown: "It may have been done, or not.",
  done: "The change was made all the same."
} as const

/** Tells of a failure, and returns the number to end with. */
export const tell = (args: ReadonlyArray<string>, failure: Failure) =>
  Effect.gen(function* () {
    if (failure._tag === "ReaderLeft") return ExitCode.ok
    const { complain } = yield* Output
    const { isLogged, isRefused, outcome, ...telling } = tellingOf(failure)
    const requestId = failure._tag === "ShopFailed" ? failure.requestId : undefined
    const idempotencyKey = "idempotencyKey" in failure ? failure.idempotencyKey : undefined
    const change = idempotencyKey !== undefined && {
      idempotencyKey,
      ...(outcome !== undefined && { outcome }),
      ...(!isRefused && { retry: retryLine(args, idempotencyKey) })
    }
    yield* complain({ error: { ...telling, requestId, ...change } }, (paint) =>
      [
        `souk: ${paint.bad(printable(telling.message))}`,
        ...(telling.hint === undefined ? [] : [`  ${printable(telling.hint)}`]),
        ...(isLogged ? [`  In the log of the shop it is ${requestId}.`] : []),
        ...(change ? changeWords(change) : [])
      ].join("\n")
    )
    return telling.exitCode
  })

interface Change {
  readonly outcome?: keyof typeof outcomes
  readonly retry?: string
}

const changeWords = ({ outcome, retry }: Change): ReadonlyArray<string> => [
  ...(outcome === undefined ? [] : [`  ${outcomes[outcome]}`]),
  ...(retry === undefined ? [] : retryWords(retry))
]

/** Tells of a mistake of ours, with all that helps to find it. */
export const tellBug = (defect: unknown) =>
  Effect.gen(function* () {
    const { complain } = yield* Output
    const exitCode = ExitCode.failure
    const message = "this is a bug in souk; please report it"
    const trace = Cause.pretty(Cause.die(defect))
    yield* complain({ error: { code: "bug", message, exitCode, trace } }, (paint) =>
      [`souk: ${paint.bad(message)}`, ...trace.split("\n").map(printable)].join("\n")
    )
    return exitCode
  })
