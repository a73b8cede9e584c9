/** The headers of answers, and which answer has which. */
import { Context, Option } from "effect"
import { ETag, Location, RateLimit, Writes } from "../Annotations.ts"

interface Answered {
  readonly annotations: Context.Context<never>
  readonly parameters: ReadonlyArray<{ readonly name: string }>
  readonly status: string
}

const text = { type: "string" }

/** Descriptions of response headers. A required one is in every response that lists it. */
export const components = {
  "Request-Id": {
    description: "Request id, also in logs and problem documents",
    required: true,
    schema: text
  },
  Location: { description: "URL of the resource", required: true, schema: text },
  ETag: {
    description: "Version of the resource, for `If-Match` and `If-None-Match`",
    required: true,
    schema: { type: "string", pattern: String.raw`^"\d+"$` }
  },
  Link: {
    description: "Links to the previous and next page: rel `prev` and `next`",
    schema: text
  },
  "Idempotent-Replayed": {
    description: "Present when the response replays an earlier request with the same key",
    schema: { type: "string", enum: ["true"] }
  },
  "Souk-Position": {
    description:
      "Opaque position for `Souk-After`: lists at this position show the effect of this request",
    required: true,
    schema: text
  },
  "Preference-Applied": { description: "Preferences that were applied", schema: text },
  "Retry-After": {
    description: "Seconds to wait before retrying",
    required: true,
    schema: { type: "string", pattern: String.raw`^\d+$` }
  },
  "WWW-Authenticate": {
    description: "Authentication scheme to use",
    required: true,
    schema: { type: "string", pattern: "^Bearer " }
  },
  RateLimit: { description: "Remaining requests and reset time", schema: text },
  "RateLimit-Policy": {
    description: "Rate limit policy that applies to this request",
    schema: text
  }
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
    ["Souk-Position", isGood && has(Writes)],
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
