/** Who asked for an event, and what it belongs to. Written beside every event, never inside it. */
import { Schema } from "effect"
import { CommandId } from "./Ids.ts"

export const Metadata = Schema.Struct({
  /** The request that caused the event. A repeated id is answered, not executed. */
  commandId: CommandId,
  /** The business transaction: the same from the customer's click to the last compensation. */
  correlationId: Schema.String.pipe(Schema.maxLength(200)),
  /** The event or request directly before this one. */
  causationId: Schema.String.pipe(Schema.maxLength(200)),
  /** The principal: `admin`, `customer:…`, or the actor whose intent it was, e.g. `order:ord_…`. */
  who: Schema.String.pipe(Schema.maxLength(200)),
  /** The W3C trace that the first request belonged to, where it said so. */
  traceId: Schema.optionalWith(Schema.String.pipe(Schema.pattern(/^[0-9a-f]{32}$/)), {
    exact: true
  })
})
export type Metadata = typeof Metadata.Type
