/** The headers of answers, and which answer has which. */

interface Answered {
  readonly operationId: string
  readonly parameters: ReadonlyArray<{ readonly name: string }>
  readonly status: string
}

const text = { type: "string" }

/** What each header tells; a required one is there wherever the document names it. */
export const components = {
  "Request-Id": {
    description: "The name of this request, in the log and in problem documents",
    required: true,
    schema: text
  },
  Location: { description: "Where the thing is", required: true, schema: text },
  ETag: {
    description: "The version of the thing, for `If-Match` and `If-None-Match`",
    required: true,
    schema: { type: "string", pattern: String.raw`^"\d+"$` }
  },
  Link: {
    description: "Where the pages before and after this one are: rel `prev` and `next`",
    schema: text
  },
  "Idempotent-Replayed": {
    description: "There when this is the answer to an earlier request under the same key",
    schema: { type: "string", enum: ["true"] }
  },
  "Preference-Applied": { description: "What was made of `Prefer`", schema: text },
  "Retry-After": {
    description: "After how many seconds to send the request again",
    required: true,
    schema: { type: "string", pattern: String.raw`^\d+$` }
  },
  "WWW-Authenticate": {
    description: "How to prove who asks",
    required: true,
    schema: { type: "string", pattern: "^Bearer " }
  },
  RateLimit: { description: "What is left of the quota, and until when", schema: text },
  "RateLimit-Policy": { description: "The quota that this request counts in", schema: text }
} as const

type Name = keyof typeof components

const isMade = ({ operationId, status }: Answered): boolean =>
  operationId === "products.put"
    ? status === "201"
    : /^(orders\.place|payments\.refund|inventory\.(receive|adjust))$/.test(operationId)

const isVersioned = ({ operationId }: Answered): boolean =>
  /^(orders\.(get|cancel|ship|deliver)|inventory\.(get|receive|adjust|setReorderPoint))$/.test(
    operationId
  )

/** Where machines ask that no quota is for. */
const isUnlimited = ({ operationId }: Answered): boolean => /^(health|webhooks)\./.test(operationId)

const namesOf = (answered: Answered): ReadonlyArray<Name> => {
  const { operationId, parameters, status } = answered
  const takes = (name: string) => parameters.some((parameter) => parameter.name === name)
  const isGood = Number(status) < 400
  const asked: ReadonlyArray<readonly [Name, boolean]> = [
    ["Request-Id", true],
    ["Location", isGood && isMade(answered)],
    ["ETag", isGood && isVersioned(answered)],
    ["Link", isGood && operationId.endsWith(".list")],
    ["Idempotent-Replayed", isGood && takes("Idempotency-Key")],
    ["Preference-Applied", isGood && takes("Prefer")],
    ["Retry-After", status === "429" || status === "503"],
    ["WWW-Authenticate", status === "401"],
    ["RateLimit", !isUnlimited(answered)],
    ["RateLimit-Policy", !isUnlimited(answered)]
  ]
  return asked.flatMap(([name, isThere]) => (isThere ? [name] : []))
}

/** The headers of one answer of one operation. */
export const headersOf = (answered: Answered) =>
  Object.fromEntries(
    namesOf(answered).map((name) => [name, { $ref: `#/components/headers/${name}` }])
  )
