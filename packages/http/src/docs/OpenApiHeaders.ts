/** The headers of answers, and which answer has which. */
import { Context, Option } from "effect"
import { ETag, Location, RateLimit } from "../Annotations.ts"

interface Answered {
  readonly annotations: Context.Context<never>
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

const namesOf = (answered: Answered): ReadonlyArray<Name> => {
  const { annotations, parameters, status } = answered
  const takes = (name: string) => parameters.some((parameter) => parameter.name === name)
  const isGood = Number(status) < 400
  const has = <I, S>(tag: Context.Tag<I, S>) => Option.isSome(Context.getOption(annotations, tag))
  const isLimited = !Option.contains(Context.getOption(annotations, RateLimit), "none")
  const asked: ReadonlyArray<readonly [Name, boolean]> = [
    ["Request-Id", true],
    ["Location", (status === "201" || status === "202") && has(Location)],
    ["ETag", isGood && has(ETag)],
    ["Link", isGood && takes("startingAfter")],
    ["Idempotent-Replayed", isGood && takes("Idempotency-Key")],
    ["Preference-Applied", isGood && takes("Prefer")],
    ["Retry-After", status === "429" || status === "503"],
    ["WWW-Authenticate", status === "401"],
    ["RateLimit", isLimited],
    ["RateLimit-Policy", isLimited]
  ]
  return asked.flatMap(([name, isThere]) => (isThere ? [name] : []))
}

/** The headers of one answer of one operation. */
export const headersOf = (answered: Answered) =>
  Object.fromEntries(
    namesOf(answered).map((name) => [name, { $ref: `#/components/headers/${name}` }])
  )
