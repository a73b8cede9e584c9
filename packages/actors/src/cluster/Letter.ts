/** What runners write to each other: questions to actors, and what these say. */
import { Metadata } from "@souk/domain/kernel/Metadata"
import { Schema } from "effect"
import { ActorUnavailable } from "./Protocol.ts"

const exactly = { exact: true } as const

/** A question to an actor; what is in `command` only its room can read. */
export const Question = Schema.Union(
  Schema.TaggedStruct("Ask", {
    room: Schema.String,
    id: Schema.String,
    command: Schema.Unknown,
    metadata: Metadata,
    waitMs: Schema.Int,
    expected: Schema.optionalWith(Schema.Array(Schema.Int), exactly)
  }),
  Schema.TaggedStruct("Look", {
    room: Schema.String,
    id: Schema.String,
    waitMs: Schema.Int
  })
)
export type Question = typeof Question.Type

/** What the actor says to it. */
export const Answer = Schema.Union(
  Schema.TaggedStruct("Reply", {
    version: Schema.Int,
    /** Left out when the actor was never heard of. */
    view: Schema.optionalWith(Schema.Unknown, exactly),
    isAtRest: Schema.Boolean,
    isRepeat: Schema.Boolean
  }),
  Schema.TaggedStruct("Refusal", { rejection: Schema.Unknown }),
  Schema.TaggedStruct("Unavailable", {
    actor: ActorUnavailable.fields.actor,
    reason: ActorUnavailable.fields.reason,
    detail: ActorUnavailable.fields.detail,
    version: ActorUnavailable.fields.version
  })
)
export type Answer = typeof Answer.Type

/** Letters that travel together, each with the number of its question on this line. */
const bundleOf = <A, I>(letter: Schema.Schema<A, I>) =>
  Schema.decodeUnknownEither(Schema.parseJson(Schema.Array(Schema.Tuple(Schema.Int, letter))))

export const readQuestions = bundleOf(Question)
export const readAnswers = bundleOf(Answer)

/** Why there is no answer. The actor may have heard the question all the same. */
export const unavailable = (
  actor: string,
  reason: ActorUnavailable["reason"],
  detail: string
): Answer => ({ _tag: "Unavailable", actor, reason, detail })
