/** CORS: scripts of other origins have access only if their origin is configured. */
import { HttpServerResponse } from "@effect/platform"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, Option } from "effect"

/** How long a browser may cache the response to a preflight. */
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

/** Whether a request is a CORS preflight. */
export const isPreflight = (method: string, headers: Headers): boolean =>
  method === "OPTIONS" &&
  headers["origin"] !== undefined &&
  headers["access-control-request-method"] !== undefined

/** The response to a preflight. Without the headers, the browser does not send the request. */
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

/** Headers of every response. Without configured origins no response varies by origin. */
export const headersOf = (
  allowed: ReadonlySet<string>,
  headers: Headers
): Readonly<Record<string, string>> => {
  if (allowed.size === 0) return {}
  const origin = headers["origin"]
  return origin !== undefined && allowed.has(origin)
    ? {
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": responseHeaders
      }
    : { vary: "Origin" }
}
