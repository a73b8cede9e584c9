/** How a failure is reported: as text, as JSON, and as an exit code. */
import { byTag } from "@souk/domain/kernel/Tagged"
import { Cause, Effect } from "effect"
import type { NoKey } from "./AdminKey.ts"
import { retryLine, retryWords } from "./IdempotentCall.ts"
import { ExitCode } from "./ExitCode.ts"
import type { UsageError } from "./UsageError.ts"
import { Output } from "./Output.ts"
import type * as Shop from "./Shop.ts"
import type { CommandFailed } from "./CommandFailed.ts"
import type { WriteError } from "./Streams.ts"
import { printable } from "./Table.ts"
import type { ErrorReport } from "./ErrorReport.ts"
import * as TransportErrors from "./TransportErrors.ts"

export type Failure = UsageError | NoKey | Shop.ShopFailed | CommandFailed | WriteError

/** Codes of conflicts with the present state, although their status is that of invalid values. */
const conflicts: ReadonlySet<string> = new Set([
  "idempotency_key_reused",
  "refund_currency_mismatch",
  "refund_exceeds_captured",
  "stock_too_large"
])

/** Exit codes by the status of a refusal; any other is a failure. */
const exitCodes: ReadonlyMap<number, ExitCode> = new Map([
  [400, ExitCode.usage],
  [401, ExitCode.notAllowed],
  [403, ExitCode.notAllowed],
  [404, ExitCode.notFound],
  [409, ExitCode.conflict],
  [412, ExitCode.conflict],
  [422, ExitCode.usage]
])

/** A refusal of any room, by its problem document alone. */
const ofProblem = (
  { code, detail, errors, status }: Shop.Refused["problem"],
  { ifMissing, url }: Shop.ShopFailed
): ErrorReport => ({
  code,
  message: status === 401 ? `${url} does not accept this key` : detail,
  exitCode: conflicts.has(code) ? ExitCode.conflict : (exitCodes.get(status) ?? ExitCode.failure),
  ...(errors !== undefined && { errors }),
  ...(status === 401 && { hint: "See: souk help environment" }),
  ...(status === 404 && ifMissing !== undefined && { hint: `See: ${ifMissing}` }),
  // The shop does not know the outcome.
  ...(status >= 500 && { isLogged: true, outcome: "unknown" }),
  // With 429 the request was not processed: it may be sent again.
  ...(status < 500 && status !== 429 && { isRefused: true })
})

const ofShop = (failed: Shop.ShopFailed): ErrorReport => {
  const { failure, url } = failed
  switch (failure._tag) {
    case "Refused":
      return ofProblem(failure.problem, failed)
    case "NoAnswer":
      return TransportErrors.late(url, failure.afterMs)
    case "RequestError":
      return TransportErrors.unreachable(url, failure)
    case "Unexpected":
      return TransportErrors.unexpected(url, failure.status)
  }
}

export const reportOf = byTag<Exclude<Failure, { readonly _tag: "ReaderLeft" }>, ErrorReport>({
  UsageError: ({ hint, message }) => ({ code: "usage", message, hint, exitCode: ExitCode.usage }),
  CommandFailed: ({ code, exitCode, hint, message }) => ({ code, message, hint, exitCode }),
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

/** Prints a failure, and returns its exit code. */
export const report = (args: ReadonlyArray<string>, failure: Failure) =>
  Effect.gen(function* () {
    if (failure._tag === "ReaderLeft") return ExitCode.ok
    const { printError } = yield* Output
    const { isLogged, isRefused, outcome, ...report } = reportOf(failure)
    const requestId = failure._tag === "ShopFailed" ? failure.requestId : undefined
    const idempotencyKey = "idempotencyKey" in failure ? failure.idempotencyKey : undefined
    const change = idempotencyKey !== undefined && {
      idempotencyKey,
      ...(outcome !== undefined && { outcome }),
      ...(!isRefused && { retry: retryLine(args, idempotencyKey) })
    }
    yield* printError({ error: { ...report, requestId, ...change } }, (paint) =>
      [
        `souk: ${paint.bad(printable(report.message))}`,
        ...(report.hint === undefined ? [] : [`  ${printable(report.hint)}`]),
        ...(isLogged ? [`  In the log of the shop it is ${requestId}.`] : []),
        ...(change ? changeWords(change) : [])
      ].join("\n")
    )
    return report.exitCode
  })

interface Change {
  readonly outcome?: keyof typeof outcomes
  readonly retry?: string
}

const changeWords = ({ outcome, retry }: Change): ReadonlyArray<string> => [
  ...(outcome === undefined ? [] : [`  ${outcomes[outcome]}`]),
  ...(retry === undefined ? [] : retryWords(retry))
]

/** Prints a defect of souk, with all details. */
export const reportBug = (defect: unknown) =>
  Effect.gen(function* () {
    const { printError } = yield* Output
    const exitCode = ExitCode.failure
    const message = "this is a bug in souk; please report it"
    const trace = Cause.pretty(Cause.die(defect))
    yield* printError({ error: { code: "bug", message, exitCode, trace } }, (paint) =>
      [`souk: ${paint.bad(message)}`, ...trace.split("\n").map(printable)].join("\n")
    )
    return exitCode
  })
