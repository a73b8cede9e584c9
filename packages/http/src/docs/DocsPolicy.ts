/** Content security policy of the reference page: its own scripts, and requests to this server. */
import { createHash } from "node:crypto"
import type { HttpServerResponse } from "@effect/platform"

const policies = new WeakMap<object, string>()

/** The policy of a page: allows its inline scripts by their digests. */
export const policyOf = ({ body }: HttpServerResponse.HttpServerResponse): string => {
  const known = policies.get(body)
  if (known !== undefined) return known
  const page = body._tag === "Uint8Array" ? Buffer.from(body.body).toString() : ""
  const digests = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  )
  const policy = [
    "default-src 'none'",
    `script-src ${digests.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")
  policies.set(body, policy)
  return policy
}
