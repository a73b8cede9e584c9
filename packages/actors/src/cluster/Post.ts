/**
 * Questions to actors that live in other processes, without a fiber for any of them. A question is
 * sent once: when its answer is lost, whoever asked is told so and asks again, under the same
 * command id. Why not the cluster library's messages: docs/adr/0016.
 */
import { EntityId, Sharding } from "@effect/cluster"
import { Context, Effect, Either, FiberSet, Layer } from "effect"
import * as Letter from "./Letter.ts"
import { type Line, type LineEnd, Lines } from "./Lines.ts"
import { Neighbour } from "./Neighbour.ts"
import { Outbox } from "./Outbox.ts"
import type { Owners } from "./Owners.ts"
import type { Address } from "./RunnerConfig.ts"

/** Beyond the time an actor was asked to wait, how long its answer may be under way. */
const graceMs = 3_000

/** How often questions are looked at whose time is over. */
const tickMs = 100

/** How many other runners there may be before the longest known are forgotten. */
const neighboursMax = 256

/** Puts a question of this room to an actor of this process, and answers once. */
export type Desk = (question: Letter.Question, respond: (answer: Letter.Answer) => void) => void

export interface PostShape {
  /** Sends `question` to where its actor lives. `respond` is called once, within some seconds. */
  readonly ask: (question: Letter.Question, respond: (answer: Letter.Answer) => void) => void
  /** From now on until `close`, `desk` takes the questions of other processes to this room. */
  readonly open: (room: string, desk: Desk) => { readonly close: () => void }
}

/** A process that is alone has nobody to write to: an actor that is not here yet is on its way. */
export const nobody: PostShape = {
  ask: (question, respond) =>
    respond(Letter.unavailable(streamOf(question), "moving", "its shard is not here yet")),
  open: () => ({ close: () => undefined })
}

export class Post extends Context.Reference<Post>()("@souk/actors/Post", {
  defaultValue: () => nobody
}) {}

const streamOf = ({ id, room }: Letter.Question) => `${room}-${id}`

interface Parts {
  readonly lines: Lines["Type"]
  /** The process that a question's actor belongs to; nothing while that is not known. */
  readonly ownerOf: (id: string) => Address | undefined
  readonly own: Address
  readonly nowMs: () => number
  /** Takes note of what a desk, or somebody who was answered, has thrown. */
  readonly report: (defect: unknown) => void
}

export class PostOffice implements PostShape {
  readonly #parts: Parts
  readonly #neighbours = new Map<string, Neighbour>()
  readonly #desks = new Map<string, Desk>()

  constructor(parts: Parts) {
    this.#parts = parts
    parts.lines.answer((line) => this.#take(line))
  }

  ask(question: Letter.Question, respond: (answer: Letter.Answer) => void): void {
    const { nowMs, own, ownerOf } = this.#parts
    const owner = ownerOf(question.id)
    const isOwn = owner !== undefined && nameOf(owner) === nameOf(own)
    if (owner === undefined || isOwn) {
      const why = isOwn ? "its shard is not here yet" : "nobody owns its shard"
      return respond(Letter.unavailable(streamOf(question), "moving", why))
    }
    const askedMs = nowMs()
    this.#neighbour(owner).ask({
      question,
      respond: (answer) => this.#guard(() => respond(answer)),
      askedMs,
      deadlineMs: askedMs + question.waitMs + graceMs
    })
  }

  open(room: string, desk: Desk): { readonly close: () => void } {
    this.#desks.set(room, desk)
    return { close: () => void this.#desks.delete(room) }
  }

  tick(): void {
    for (const neighbour of this.#neighbours.values()) neighbour.tick()
  }

  close(): void {
    for (const neighbour of this.#neighbours.values()) neighbour.hangUp("this process ends")
  }

  #neighbour(address: Address): Neighbour {
    const name = nameOf(address)
    const known = this.#neighbours.get(name)
    if (known !== undefined) return known
    const { lines, nowMs } = this.#parts
    for (const [oldest, neighbour] of this.#neighbours) {
      if (this.#neighbours.size < neighboursMax) break
      neighbour.hangUp("too many processes")
      this.#neighbours.delete(oldest)
    }
    const neighbour = new Neighbour(address, lines, nowMs)
    this.#neighbours.set(name, neighbour)
    return neighbour
  }

  /** Another runner calls: it asks, and is answered on the same line. */
  #take(line: Line): LineEnd {
    const answers = new Outbox<Letter.Answer>(line, this.#parts.lines.soon)
    return {
      receive: (text) => {
        const questions = Letter.readQuestions(text)
        if (Either.isLeft(questions)) return line.hangUp()
        for (const [number, question] of questions.right) {
          this.#guard(() => this.#put(question, (answer) => answers.post(number, answer)))
        }
      },
      broken: () => undefined
    }
  }

  #put(question: Letter.Question, respond: (answer: Letter.Answer) => void): void {
    const desk = this.#desks.get(question.room)
    if (desk !== undefined) return desk(question, respond)
    respond(Letter.unavailable(streamOf(question), "moving", "its room is closed"))
  }

  #guard(what: () => void): void {
    try {
      what()
    } catch (defect) {
      this.#parts.report(defect)
    }
  }
}

const nameOf = ({ host, port }: Address) => `${host}:${port}`

/** One of several processes, which reach each other over `Lines`. */
export const layer = (
  own: Address,
  owners: Owners
): Layer.Layer<Post, never, Lines | Sharding.Sharding> =>
  Layer.scoped(
    Post,
    Effect.gen(function* () {
      const lines = yield* Lines
      const sharding = yield* Sharding.Sharding
      const clock = yield* Effect.clock
      const run = yield* FiberSet.makeRuntime<never>()
      const office = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new PostOffice({
              lines,
              own,
              ownerOf: (id) => owners.of(sharding.getShardId(EntityId.make(id), "default").id),
              nowMs: () => clock.unsafeCurrentTimeMillis(),
              report: (defect) => void run(Effect.logError("a letter was not dealt with", defect))
            })
        ),
        (opened) => Effect.sync(() => opened.close())
      )
      yield* Effect.sync(() => office.tick()).pipe(
        Effect.delay(tickMs),
        Effect.forever,
        Effect.forkScoped
      )
      return Post.of(office)
    })
  )
