/** Stripe's declines, as the codes that Souk passes on. */

/** Stripe's data about a decline, in an error or in the last error of a payment intent. */
export interface StripeRefusal {
  readonly code?: string | null | undefined
  readonly decline_code?: string | null | undefined
  readonly param?: string | null | undefined
}

/** Stripe asks shops not to tell these to the customer, who may be the thief. */
const unspoken = new Set(["fraudulent", "lost_card", "merchant_blacklist", "stolen_card"])

/** Codes of Stripe that have a simpler name here. */
const plain: Readonly<Record<string, string>> = {
  card_declined: "generic_decline",
  payment_intent_authentication_failure: "authentication_failed",
  payment_method_customer_decline: "generic_decline",
  payment_method_provider_decline: "generic_decline"
}

// The ledger keeps a hundred characters, and readers expect a code to be one word.
const isWord = (code: string): boolean => /^[a-z][a-z0-9_]{0,99}$/.test(code)

/** A stable code: Stripe's decline code if there is one, else its error code. */
export const codeOf = (refusal: StripeRefusal): string => {
  // An error of the card that the storefront sent is a decline: the customer has to correct it.
  if (refusal.param === "payment_method") return "invalid_payment_method"
  const code = refusal.decline_code || refusal.code || "generic_decline"
  if (unspoken.has(code) || !isWord(code)) return "generic_decline"
  return plain[code] ?? code
}
