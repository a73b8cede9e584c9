/**
 * Lists that show what their caller has just written. A command answers `Souk-Position`; a list
 * with `Souk-After` waits until its read model has that position. In the process that handled the
 * command, lists of the same caller wait without the header for some seconds.
 *
 * A position is the version of a stream, which every reply has. The list looks up its place in the
 * journal, so that commands have no extra cost.
 */
import type { StreamId, Version } from "@souk/actors/journal/Journal"
import type { ReadModels, Written } from "@souk/actors/projection/ReadModels"
import { Clock, Context, Effect, Option, Schema } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { problem } from "../Problem.ts"
import * as ActorRequest from "./ActorRequest.ts"

/** How long a list waits. */
const waitMs = 2_000

/** How long a write is remembered, for how many callers, and how many for each. */
const rememberedMs = 5_000
const callersMax = 10_000
const writesMax = 8

/** The id of the only journal. */
const journalId = "j00"

const Position = Schema.String.pipe(
  Schema.pattern(
    /^j00-[A-Za-z0-9_-]{3,120}-[1-9]\d{0,8}(?:\.j00-[A-Za-z0-9_-]{3,120}-[1-9]\d{0,8}){0,7}$/
  )
).annotations({ description: "A `Souk-Position`, or up to 8 of them separated by dots" })

/** For endpoints of lists that can wait. */
export const after = { "souk-after": Schema.optional(Position) }

/** The read model did not reach the position in time. */
export class ListBehind extends Schema.TaggedError<ListBehind>()("ListBehind", {}) {
  override get message() {
    return "The list has not reached this position yet. Retry, or omit Souk-After."
  }
}

export const listBehind = problem(ListBehind, { status: 503, title: "List behind" })

/** The position of a reply. */
export const positionOf = (stream: StreamId, version: Version): string =>
  `${journalId}-${stream}-${version}`

const writtenOf = (position: string): ReadonlyArray<Written> =>
  position.split(".").map((one) => {
    const end = one.lastIndexOf("-")
    return { stream: one.slice(journalId.length + 1, end), version: Number(one.slice(end + 1)) }
  })

interface Remembered extends Written {
  readonly untilMs: number
}

/** Recent writes of the callers of this process. */
class Writes {
  readonly #byCaller = new Map<string, ReadonlyArray<Remembered>>()

  add(caller: string, written: Written, nowMs: number): void {
    const before = this.of(caller, nowMs).filter(({ stream }) => stream !== written.stream)
    // Moves the caller to the end of the map, so that the oldest writer is evicted first.
    this.#byCaller.delete(caller)
    const all = [...before, { ...written, untilMs: nowMs + rememberedMs }]
    this.#byCaller.set(caller, all.slice(-writesMax))
    const [oldest] = this.#byCaller.keys()
    if (this.#byCaller.size > callersMax && oldest !== undefined) this.#byCaller.delete(oldest)
  }

  of(caller: string, nowMs: number): ReadonlyArray<Remembered> {
    return (this.#byCaller.get(caller) ?? []).filter(({ untilMs }) => untilMs > nowMs)
  }
}

export class RecentWrites extends Context.Reference<RecentWrites>()("@souk/http/RecentWrites", {
  defaultValue: () => new Writes()
}) {}

/** Remembers a write of the caller; returns its position as a header. */
export const wrote = (
  stream: StreamId,
  version: Version
): Effect.Effect<Record<"souk-position", string>, never, Caller> =>
  Effect.gen(function* () {
    const writes = yield* RecentWrites
    const { id } = yield* Caller
    writes.add(id, { stream, version }, yield* Clock.currentTimeMillis)
    return { "souk-position": positionOf(stream, version) }
  })

/** Recent writes of the caller; none for a request without a caller. */
const remembered = Effect.gen(function* () {
  const writes = yield* RecentWrites
  const caller = yield* Effect.serviceOption(Caller)
  const nowMs = yield* Clock.currentTimeMillis
  return Option.match(caller, { onNone: () => [], onSome: ({ id }) => writes.of(id, nowMs) })
})

interface Asked {
  readonly headers: { readonly "souk-after"?: string | undefined }
}

/**
 * Makes a list wait for its read model. After the timeout, a request with `Souk-After` is refused;
 * one without it gets the current rows.
 */
export const waiting =
  <Request, A, E, R>(
    models: ReadModels["Type"],
    name: string,
    list: (request: Request) => Effect.Effect<A, E, R>
  ) =>
  (request: Request & Asked) =>
    Effect.gen(function* () {
      const position = request.headers["souk-after"]
      const written = position === undefined ? yield* remembered : writtenOf(position)
      if (written.length > 0) {
        const isThere = yield* ActorRequest.orUnavailable(models.waitFor(name, written, waitMs))
        if (!isThere && position !== undefined) return yield* new ListBehind()
      }
      return yield* list(request)
    })
