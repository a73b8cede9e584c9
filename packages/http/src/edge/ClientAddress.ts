/** The network that a request comes from, as far as it can be trusted. */
import { HttpServerRequest } from "@effect/platform"
import { digest } from "@souk/actors/cluster/Digest"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { type ConfigError, Context, Effect, Layer, Option } from "effect"
import { isIP, isIPv6 } from "node:net"

/** Number of trusted proxies in front of this process; each appends to `X-Forwarded-For`. */
export class TrustedProxies extends Context.Reference<TrustedProxies>()(
  "@souk/http/TrustedProxies",
  { defaultValue: () => 0 }
) {}

export const layer: Layer.Layer<TrustedProxies, ConfigError.ConfigError> = Layer.effect(
  TrustedProxies,
  Configuration.trustedProxies
)

/** The address that the outermost trusted proxy saw. Clients can forge the entries before it. */
export const addressOf = (
  remote: string | undefined,
  forwardedFor: string | undefined,
  proxies: number
): string => {
  const hops = (forwardedFor ?? "").split(",").map((hop) => hop.trim())
  const seen = proxies === 0 ? undefined : hops.at(-proxies)
  return network(seen !== undefined && isIP(seen) !== 0 ? seen : (remote ?? "unknown"))
}

/** IPv6 addresses are counted by /64, the smallest block that a customer of a provider has. */
const network = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::")
  const left = head === "" ? [] : head.split(":")
  const right = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros =
    tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0")
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`
}

/** A digest of the client's network, which does not reveal the address. */
export const of = (
  { headers, remoteAddress }: HttpServerRequest.HttpServerRequest,
  proxies: number
): string =>
  digest(
    addressOf(Option.getOrUndefined(remoteAddress), headers["x-forwarded-for"], proxies)
  ).slice(0, 32)

/** `of` the current request. */
export const client: Effect.Effect<string, never, HttpServerRequest.HttpServerRequest> = Effect.gen(
  function* () {
    return of(yield* HttpServerRequest.HttpServerRequest, yield* TrustedProxies)
  }
)
