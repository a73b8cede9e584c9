/** What a failed call to Stripe says about the request that was made. */
import { Stripe } from "stripe"
import { codeOf } from "./StripeDeclines.ts"

export type StripeError =
  /** The answer is no, for good. `code` is a word for the ledger. */
  | { readonly _tag: "Refused"; readonly code: string; readonly detail: string }
  /** The request does not suit its object as it stands now: perhaps it is done already. */
  | { readonly _tag: "Unfit"; readonly code: string; readonly detail: string }
  /** Nothing happened, and the same request may be made again. */
  | { readonly _tag: "TryLater"; readonly detail: string }
  /** Anything may have happened. */
  | { readonly _tag: "NoAnswer"; readonly detail: string }

export const refused = (code: string, detail: string): StripeError => ({
  _tag: "Refused",
  code,
  detail
})

const unfit = (code: string, detail: string): StripeError => ({ _tag: "Unfit", code, detail })

export const tryLater = (detail: string): StripeError => ({ _tag: "TryLater", detail })

export const noAnswer = (detail: string): StripeError => ({ _tag: "NoAnswer", detail })

/**
 * The one judgement of Stripe's errors. Only what surely did nothing may be tried later as it is;
 * whatever is unknown to us counts as no answer, and is looked up.
 */
export const judge = (error: unknown): StripeError => {
  if (!(error instanceof Stripe.errors.StripeError)) return noAnswer("not an answer of Stripe's")
  const detail = describe(error)
  switch (error.type) {
    case "StripeCardError":
      return refused(codeOf(error), detail)
    case "StripeInvalidRequestError":
      if (error.param === "payment_method") return refused(codeOf(error), detail)
      // Objects do not vanish at Stripe: if one of ours is unknown, we are at the wrong account.
      return error.code === "resource_missing"
        ? tryLater(`${detail}: is the secret key of another account?`)
        : unfit(codeOf(error), detail)
    // Turned away before anything was looked at: too many requests, an object that is locked.
    case "StripeRateLimitError":
    case "StripeAuthenticationError":
    case "StripePermissionError":
      return tryLater(detail)
    case "StripeConnectionError":
      return wasNeverSent(error) ? tryLater(detail) : noAnswer(detail)
    case "StripeAPIError":
      return isToBeRetried(error) ? tryLater(detail) : noAnswer(detail)
    default:
      // The key was used for another request before, and that one may have been carried out.
      return noAnswer(detail)
  }
}

// 409: a request with the same key is under way, or another one holds the same object.
const isToBeRetried = ({ headers, statusCode }: Stripe.errors.StripeError): boolean =>
  statusCode === 409 || headers?.["stripe-should-retry"] === "true"

const neverSent = new Set(["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND"])

const causeOf = ({ detail }: Stripe.errors.StripeError): string | undefined =>
  detail instanceof Error && "code" in detail && typeof detail.code === "string"
    ? detail.code
    : undefined

const wasNeverSent = (error: Stripe.errors.StripeError): boolean =>
  neverSent.has(causeOf(error) ?? "")

// Never Stripe's own sentence: it may repeat what it was sent.
const describe = (error: Stripe.errors.StripeError): string =>
  [error.statusCode, error.rawType ?? error.type, error.code, error.param, causeOf(error)]
    .concat(error.requestId)
    .map((word) => String(word ?? ""))
    .filter((word) => /^[\w.[\]-]{1,100}$/.test(word))
    .join(" ")
