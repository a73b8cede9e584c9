/** The name of one request: in its reply, in problem documents, in the log and in the journal. */
import { randomUUID } from "node:crypto"
import { Context } from "effect"

export class RequestId extends Context.Reference<RequestId>()("@souk/http/RequestId", {
  defaultValue: () => "req_none"
}) {}

const acceptable = /^[A-Za-z0-9_-]{1,100}$/

/** Of a UUID, which Node has in stock, and makes many of at once. */
const fresh = (): string => randomUUID().replaceAll("-", "").slice(0, 24)

/** The caller's own name for the request, where it is one; else a fresh one. */
export const take = (given: string | undefined): string =>
  given !== undefined && acceptable.test(given) ? given : `req_${fresh()}`
