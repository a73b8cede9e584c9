/** What a failed call to Stripe means for its request. */
import { Stripe } from "stripe"
import { codeOf } from "./StripeDeclines.ts"

export type StripeError =
  /** Declined for good. `code` goes into the ledger. */
  | { readonly _tag: "Refused"; readonly code: string; readonly detail: string }
  /** The request does not fit the present state of its object: it may be done already. */
  | { readonly _tag: "Unfit"; readonly code: string; readonly detail: string }
  /** Nothing happened, and the same request may be made again. */
  | { readonly _tag: "TryLater"; readonly detail: string }
  /** The outcome is unknown. */
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
 * Classifies Stripe's errors. Only a request that certainly had no effect may be retried as it is;
 * an unknown error counts as an unknown outcome, and is looked up.
 */
export const judge = (error: unknown): StripeError => {
  if (!(error instanceof Stripe.errors.StripeError)) return noAnswer("not an answer of Stripe's")
  const detail = describe(error)
  switch (error.type) {
    case "StripeCardError":
      return refused(codeOf(error), detail)
    case "StripeInvalidRequestError":
      if (error.param === "payment_method") return refused(codeOf(error), detail)
      // Stripe deletes no objects: an unknown one means the wrong account.
      return error.code === "resource_missing"
        ? tryLater(`${detail}: is the secret key of another account?`)
        : unfit(codeOf(error), detail)
    // Refused before execution: too many requests, or a locked object.
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

// Never Stripe's own message: it may repeat what it was sent.
const describe = (error: Stripe.errors.StripeError): string =>
  [error.statusCode, error.rawType ?? error.type, error.code, error.param, causeOf(error)]
    .concat(error.requestId)
    .map((word) => String(word ?? ""))
    .filter((word) => /^[\w.[\]-]{1,100}$/.test(word))
    .join(" ")
