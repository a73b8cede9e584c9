/** Errors without a valid response of a shop, and their known causes. */
import type { HttpClientError } from "@effect/platform"
import { ExitCode } from "./ExitCode.ts"
import type { ErrorReport } from "./ErrorReport.ts"

const startOrSet =
  "Is the shop running there? Start it with `npm start`, or set SOUK_URL (or SOUK_PORT)."

/** Causes of a refused connection by the system's error code: nothing was sent. */
const unconnected: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ENOTFOUND", "there is no such host"],
  ["EAI_AGAIN", "the name of the host cannot be looked up now"],
  ["EHOSTUNREACH", "no way leads to that host"],
  ["ENETUNREACH", "no way leads to that network"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection in time"]
])

export const unreachable = (url: string, { cause }: HttpClientError.RequestError): ErrorReport => {
  const causes = chain(cause)
  const [why] = causes.flatMap(({ code }) => unconnected.get(code) ?? [])
  const telling = { code: "unreachable", hint: startOrSet, exitCode: ExitCode.failure }
  if (why !== undefined) return { ...telling, message: `cannot reach ${url}: ${why}` }
  const last = causes.at(-1)?.message ?? "no more is known"
  return { ...telling, message: `lost the connection to ${url}: ${last}`, outcome: "unknown" }
}

interface Link {
  readonly code: string
  readonly message: string
}

/** An error and its causes: the network's error is the innermost. */
const chain = (error: unknown): ReadonlyArray<Link> => {
  if (!(error instanceof Error)) return []
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  return [{ code, message: error.message }, ...chain(error.cause)]
}

export const late = (url: string, afterMs: number): ErrorReport => ({
  code: "no_answer",
  message: `${url} has not answered in ${afterMs / 1000} seconds`,
  exitCode: ExitCode.failure,
  isLogged: true,
  outcome: "unknown"
})

/** An answer that is not in the contract. */
export const unexpected = (url: string, status?: number): ErrorReport => ({
  code: "unexpected_answer",
  message: `${url} does not answer as this souk understands${status ? ` (status ${status})` : ""}`,
  hint: "Is SOUK_URL the address of a shop, and of the same version?",
  exitCode: status === 401 || status === 403 ? ExitCode.notAllowed : ExitCode.failure,
  isLogged: true,
  outcome: "unknown"
})
