/** The trace a request belongs to, in the words of W3C Trace Context. */
import { Context } from "effect"

export class TraceId extends Context.Reference<TraceId>()("@souk/http/TraceId", {
  defaultValue: (): string | undefined => undefined
}) {}

const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/** The id in a `traceparent` header; nothing in one that is to be passed over. */
export const take = (header: string | undefined): string | undefined => {
  const [, version, traceId, parentId, more] = traceparent.exec(header ?? "") ?? []
  const isValid =
    version !== "ff" &&
    !(version === "00" && more !== undefined) &&
    traceId !== "0".repeat(32) &&
    parentId !== "0".repeat(16)
  return isValid ? traceId : undefined
}
