/** Events that a subscription could not handle: what operators see of them, and do with them. */
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Context, type Effect, type Option, Schema } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Page, PageFailure, PageQuery } from "../projection/ReadModel.ts"

/** How many dead letters one request replays or discards at most. */
export const letterRequestMax = 1_000

export const DeadLetterId = Schema.String.pipe(
  Schema.pattern(/^dl_[1-9]\d{0,17}$/),
  Schema.brand("DeadLetterId")
)
export type DeadLetterId = typeof DeadLetterId.Type

/** The name of a subscription. */
export const Source = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_:.-]{1,100}$/))

/** Whether this program failed, or the system that it called. */
export const Fault = Schema.Literal("ours", "theirs")
export type Fault = typeof Fault.Type

export const Reason = Schema.Literal(
  "exhausted",
  "gone",
  "unsafe_address",
  "too_large",
  "undecodable",
  "unknown_type",
  "no_message_id",
  "refused",
  "poison",
  "template",
  "bad_address",
  "in_doubt",
  "skipped"
)
export type Reason = typeof Reason.Type

const exact = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** A dead letter without the event itself. */
export const DeadLetter = Schema.Struct({
  id: DeadLetterId,
  source: Schema.String,
  fault: Fault,
  reason: Reason,
  /** The message of the last failure. */
  detail: Schema.String,
  attempts: Schema.Int,
  eventId: exact(Schema.String),
  type: exact(Schema.String),
  /** What the event is about, such as `order/ord_…`. */
  subject: exact(Schema.String),
  firstAt: Timestamp,
  diedAt: Timestamp,
  resolvedAt: exact(Timestamp),
  resolution: exact(Schema.Literal("replayed", "discarded")),
  resolvedBy: exact(Schema.String)
}).annotations({ identifier: "DeadLetter" })
export type DeadLetter = typeof DeadLetter.Type

export const DeadLetterWithBody = Schema.Struct({
  ...DeadLetter.fields,
  /** The event as it was recorded: JSON in a text. */
  body: Schema.String
}).annotations({ identifier: "DeadLetterWithBody" })
export type DeadLetterWithBody = typeof DeadLetterWithBody.Type

export interface DeadLetterQuery extends PageQuery<DeadLetterId> {
  readonly source?: string | undefined
  readonly reason?: Reason | undefined
  readonly fault?: Fault | undefined
}

/** Some dead letters by their ids, or all open ones of a source up to a time, the oldest first. */
export type Selection =
  | { readonly ids: ReadonlyArray<DeadLetterId> }
  | {
      readonly source: string
      readonly reason?: Reason | undefined
      readonly until?: Timestamp | undefined
    }

/** What became of the dead letters of a request. */
export interface Resolved {
  /** How many are resolved by it. One that was resolved before does not count. */
  readonly resolved: number
  /** Those that failed again, or that this program cannot deliver. They stay open. */
  readonly failed: ReadonlyArray<{ readonly id: DeadLetterId; readonly detail: string }>
  /** Whether there are more than one request takes. */
  readonly hasMore: boolean
}

export class DeadLetters extends Context.Tag("@souk/actors/DeadLetters")<
  DeadLetters,
  {
    /** One page of those that are open, newest first. */
    readonly list: (query: DeadLetterQuery) => Effect.Effect<Page<DeadLetter>, PageFailure>
    /** One of them, also after it was resolved. */
    readonly get: (
      id: DeadLetterId
    ) => Effect.Effect<Option.Option<DeadLetterWithBody>, JournalUnavailable>
    /** Delivers them again to their subscriptions, under the same event ids. */
    readonly replay: (
      selection: Selection,
      who: string
    ) => Effect.Effect<Resolved, JournalUnavailable>
    /** Gives them up: their subscriptions go on without these events. */
    readonly discard: (
      selection: Selection,
      reason: string,
      who: string
    ) => Effect.Effect<Resolved, JournalUnavailable>
  }
>() {}
