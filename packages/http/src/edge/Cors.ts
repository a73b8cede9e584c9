/** What scripts of other origins may do here: nothing, unless their origin is on the list. */
import { HttpServerResponse } from "@effect/platform"
import { Config, type ConfigError, Context, Layer } from "effect"

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
  "Retry-After"
].join(", ")

/** Origins as browsers send them; a path or a slash at the end would never match. */
const origin = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

export class AllowedOrigins extends Context.Reference<AllowedOrigins>()(
  "@souk/http/AllowedOrigins",
  { defaultValue: (): ReadonlySet<string> => new Set() }
) {}

/** `SOUK_CORS_ORIGINS`: origins with commas between them. */
export const layer: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(
  AllowedOrigins,
  Config.string("CORS_ORIGINS").pipe(
    Config.withDefault(""),
    Config.map((text) => text.split(",").flatMap((one) => one.trim() || [])),
    Config.validate({
      message: "SOUK_CORS_ORIGINS is a list like https://shop.example,http://localhost:5173",
      validation: (origins) => origins.every((one) => origin.test(one))
    }),
    Config.map((origins) => new Set(origins)),
    Config.nested("SOUK")
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
