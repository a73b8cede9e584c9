/** Why a request cannot be answered, whatever it asks for. */
import type { IncomingMessage } from "node:http"
import { type FieldError, type InvalidRequest, NotAcceptable, UriTooLong } from "../Problem.ts"
import * as Accept from "./Accept.ts"
import { invalid } from "./ProblemOfCause.ts"
import type { Request } from "./Request.ts"
import type { Route } from "./Routes.ts"

/** Headers that would mean something else if they came twice. */
const singular = new Map(
  ["Authorization", "Content-Type", "Host", "Idempotency-Key", "Prefer"].map((name) => [
    name.toLowerCase(),
    name
  ])
)

/** What RFC 9110, section 4.1, asks every server to take. */
const targetBytesMax = 8_000

type Invalid = InvalidRequest | NotAcceptable | UriTooLong

export const invalidity = (
  { source, url }: Request,
  route: Route | undefined
): Invalid | undefined => {
  if (url.length > targetBytesMax) return new UriTooLong({ bytesMax: targetBytesMax })
  const fieldError = ambiguity(source)
  if (fieldError !== undefined) return invalid([fieldError])
  const { accept } = source.headers
  if (accept === undefined || accept === "*/*" || route === undefined) return undefined
  const { types } = route
  return types.length === 0 || types.some((type) => Accept.takes(accept, type))
    ? undefined
    : new NotAcceptable({ available: types })
}

/** A header that leaves open what is meant. */
const ambiguity = ({
  headers,
  httpVersion,
  rawHeaders
}: IncomingMessage): FieldError | undefined => {
  const seen = new Set<string>()
  // Names and values take turns.
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = singular.get(rawHeaders[index]?.toLowerCase() ?? "")
    if (header === undefined) continue
    if (seen.has(header)) return { header, detail: "must not come twice" }
    seen.add(header)
  }
  return headers.host === undefined && httpVersion === "1.1"
    ? { header: "Host", detail: "is missing" }
    : undefined
}
