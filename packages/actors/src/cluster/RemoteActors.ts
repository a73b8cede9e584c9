/** The actors of one room that live elsewhere, and those that live here, as seen from elsewhere. */
import { Either, type ParseResult } from "effect"
import type { Question, Respond } from "./Asking.ts"
import * as Letter from "./Letter.ts"
import type { Host } from "./LocalActors.ts"
import type { Desk, PostShape } from "./Post.ts"
import { ActorUnavailable, type Protocol, type Reply } from "./Protocol.ts"

/**
 * How long another process may let us wait in one letter. A longer wait is made of several, so
 * that it does not hang on a process that has died.
 */
const sliceMs = 2_000

/** The room as other processes have it, with their answers in its own words. */
export class RemoteActors<Command, View, Rejection> implements Host<Command, View, Rejection> {
  readonly #protocol: Protocol<Command, View, Rejection>
  readonly #post: PostShape
  readonly #nowMs: () => number

  constructor(protocol: Protocol<Command, View, Rejection>, post: PostShape, nowMs: () => number) {
    this.#protocol = protocol
    this.#post = post
    this.#nowMs = nowMs
  }

  ask(
    id: string,
    { command, expected, metadata, waitMs }: Question<Command>,
    respond: Respond<Reply<View>, Rejection | ActorUnavailable>
  ): void {
    const { command: inWriting, name: room } = this.#protocol
    const endMs = this.#nowMs() + waitMs
    const written = inWriting.write(command)
    if (Either.isLeft(written)) {
      return respond(Either.left(this.#unreadable(id, written.left.message)))
    }
    const first: Letter.Question = {
      _tag: "Ask",
      room,
      id,
      command: written.right,
      metadata,
      waitMs: Math.min(waitMs, sliceMs),
      ...(expected === undefined ? {} : { expected })
    }
    this.#post.ask(first, (answer) => {
      const read = this.#read(id, answer)
      if (Either.isLeft(read)) respond(read)
      else this.#untilRest(id, endMs, read.right, respond)
    })
  }

  look(id: string, waitMs: number, respond: Respond<Reply<View>, ActorUnavailable>): void {
    const { name: room } = this.#protocol
    const endMs = this.#nowMs() + waitMs
    this.#post.ask({ _tag: "Look", room, id, waitMs: Math.min(waitMs, sliceMs) }, (answer) => {
      const read = this.#read(id, answer)
      if (Either.isRight(read)) return this.#untilRest(id, endMs, read.right, respond)
      if (read.left instanceof ActorUnavailable) return respond(Either.left(read.left))
      respond(Either.left(this.#unreadable(id, "it refuses to be looked at")))
    })
  }

  /** Asks, if there is still something to wait for, only how it stands. */
  #untilRest(
    id: string,
    endMs: number,
    reply: Reply<View>,
    respond: Respond<Reply<View>, ActorUnavailable>
  ): void {
    const leftMs = endMs - this.#nowMs()
    if (reply.isAtRest || leftMs <= 0) return respond(Either.right(reply))
    const { isRepeat } = reply
    this.look(id, leftMs, (next) => respond(Either.map(next, (later) => ({ ...later, isRepeat }))))
  }

  #read(
    id: string,
    answer: Letter.Answer
  ): Either.Either<Reply<View>, Rejection | ActorUnavailable> {
    switch (answer._tag) {
      case "Reply": {
        const { isAtRest, isRepeat, version, view } = answer
        const made = (read: View | undefined): Reply<View> => ({
          version,
          view: read,
          isAtRest,
          isRepeat
        })
        if (view === undefined) return Either.right(made(undefined))
        return Either.mapBoth(this.#protocol.view.read(view), {
          onLeft: ({ message }) => this.#unreadable(id, message),
          onRight: made
        })
      }
      case "Refusal": {
        const rejection = this.#protocol.rejection.read(answer.rejection)
        return Either.left(
          Either.getOrElse(rejection, ({ message }) => this.#unreadable(id, message))
        )
      }
      case "Unavailable": {
        const { _tag, ...why } = answer
        return Either.left(new ActorUnavailable(why))
      }
    }
  }

  #unreadable(id: string, detail: string): ActorUnavailable {
    return new ActorUnavailable({
      actor: `${this.#protocol.name}-${id}`,
      reason: "unreachable",
      detail
    })
  }
}

/** Takes letters for the actors of a room that live in this process. */
export const desk =
  <Command, View, Rejection>(
    protocol: Protocol<Command, View, Rejection>,
    host: Host<Command, View, Rejection>
  ): Desk =>
  (question, respond) => {
    const { id, waitMs } = question
    const unreadable = ({ message }: ParseResult.ParseError) =>
      Letter.unavailable(`${protocol.name}-${id}`, "unreachable", message)
    const answered = (answer: Either.Either<Reply<View>, Rejection | ActorUnavailable>) =>
      respond(Either.getOrElse(written(protocol, answer), unreadable))
    if (question._tag === "Look") return host.look(id, waitMs, answered)
    const command = protocol.command.read(question.command)
    if (Either.isLeft(command)) return respond(unreadable(command.left))
    const { expected, metadata } = question
    host.ask(id, { command: command.right, metadata, waitMs, isFirst: false, expected }, answered)
  }

const written = <Command, View, Rejection>(
  { rejection, view }: Protocol<Command, View, Rejection>,
  answer: Either.Either<Reply<View>, Rejection | ActorUnavailable>
): Either.Either<Letter.Answer, ParseResult.ParseError> => {
  if (Either.isRight(answer)) {
    const { isAtRest, isRepeat, version, view: seen } = answer.right
    const reply = { _tag: "Reply", version, isAtRest, isRepeat } as const
    if (seen === undefined) return Either.right(reply)
    return Either.map(view.write(seen), (shown) => ({ ...reply, view: shown }))
  }
  const { left } = answer
  if (!(left instanceof ActorUnavailable)) {
    return Either.map(rejection.write(left), (refused) => ({
      _tag: "Refusal",
      rejection: refused
    }))
  }
  const { actor, detail, reason, version } = left
  const why = Letter.unavailable(actor, reason, detail)
  return Either.right(version === undefined ? why : { ...why, version })
}
