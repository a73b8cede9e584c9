/** What scripts of other origins may do here: nothing, unless their origin is on the list. */
import { HttpServerResponse } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, Option } from "effect"

/** How long a browser may remember the answer to a preflight. */
const preflightSeconds = 600

const requestHeaders = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "Prefer",
  "Request-Id",
  "Souk-After",
  "traceparent"
].join(", ")

const responseHeaders = [
  "ETag",
  "Idempotent-Replayed",
  "Link",
  "Location",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Request-Id",
  "Retry-After",
  "Souk-Position"
].join(", ")

export class AllowedOrigins extends Context.Reference<AllowedOrigins>()(
  "@souk/http/AllowedOrigins",
  { defaultValue: (): ReadonlySet<string> => new Set() }
) {}

export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  AllowedOrigins,
  Effect.map(
    Configuration.corsOrigins,
    Option.getOrElse((): ReadonlySet<string> => new Set())
  )
)

type Headers = Readonly<Record<string, string | undefined>>

/** Whether a browser asks, before the request itself, whether it may send it. */
export const isPreflight = (method: string, headers: Headers): boolean =>
  method === "OPTIONS" &&
  headers["origin"] !== undefined &&
  headers["access-control-request-method"] !== undefined

/** The answer to a preflight; without a word of leave, the browser does not go on. */
export const preflight = (
  allowed: ReadonlySet<string>,
  headers: Headers,
  methods: ReadonlyArray<string>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.empty({
    status: 204,
    headers: allowed.has(headers["origin"] ?? "")
      ? {
          "access-control-allow-methods": methods.join(", "),
          "access-control-allow-headers": requestHeaders,
          "access-control-max-age": `${preflightSeconds}`
        }
      : {}
  })

/** Headers of every answer. Without a list no answer depends on who asks. */
export const headersOf = (
  allowed: ReadonlySet<string>,
  headers: Headers
): Readonly<Record<string, string>> => {
  if (allowed.size === 0) return {}
  const asking = headers["origin"]
  return asking !== undefined && allowed.has(asking)
    ? {
        vary: "Origin",
        "access-control-allow-origin": asking,
        "access-control-expose-headers": responseHeaders
      }
    : { vary: "Origin" }
}
