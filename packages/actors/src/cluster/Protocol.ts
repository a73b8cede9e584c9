/** What can be said to an actor, as data: cheap to import, and the same for every room. */
import { type Either, type ParseResult, Schema } from "effect"

/**
 * The actor could not answer now. Whether it did anything is told by asking again, same id; only
 * `changed` says that it is another than the caller expects, and has done nothing.
 */
export class ActorUnavailable extends Schema.TaggedError<ActorUnavailable>()("ActorUnavailable", {
  actor: Schema.String,
  reason: Schema.Literal(
    "journal_unavailable",
    "saturated",
    "contended",
    "moving",
    "unreachable",
    "changed",
    "broken"
  ),
  detail: Schema.String,
  /** Which one it is, when that is not what the caller expects. */
  version: Schema.optionalWith(Schema.Int, { exact: true })
}) {
  override get message() {
    return `${this.actor} cannot answer now (${this.reason}: ${this.detail}): repeat it in a moment`
  }
}

/** What an actor says, always from what is committed. */
export interface Reply<View> {
  readonly version: number
  /** What it is now; `undefined` when it was never heard of. */
  readonly view: View | undefined
  /** Whether it owes nothing to anyone. */
  readonly isAtRest: boolean
  /** Whether this command had been answered before. */
  readonly isRepeat: boolean
}

/** How something is written in a letter to another process, and read there. */
export interface Writing<A> {
  /** As plain JSON. */
  readonly write: (value: A) => Either.Either<unknown, ParseResult.ParseError>
  readonly read: (json: unknown) => Either.Either<A, ParseResult.ParseError>
}

/**
 * A room's name, and how its words are written. An actor takes commands and is looked at; both are
 * answered from what is committed. What must survive is in the journal, and a caller that got no
 * answer repeats its command under the same id.
 */
export interface Protocol<Command, View, Rejection> {
  readonly name: string
  readonly command: Writing<Command>
  readonly view: Writing<View>
  readonly rejection: Writing<Rejection>
}

const writing = <A, I>(schema: Schema.Schema<A, I>): Writing<A> => ({
  write: Schema.encodeEither(schema),
  read: Schema.decodeUnknownEither(schema)
})

export const make = <Command, CommandI, View, ViewI, Rejection, RejectionI>(
  name: string,
  schemas: {
    readonly command: Schema.Schema<Command, CommandI>
    readonly view: Schema.Schema<View, ViewI>
    readonly rejection: Schema.Schema<Rejection, RejectionI>
  }
): Protocol<Command, View, Rejection> => ({
  name,
  command: writing(schemas.command),
  view: writing(schemas.view),
  rejection: writing(schemas.rejection)
})
