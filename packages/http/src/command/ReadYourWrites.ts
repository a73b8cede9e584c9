/**
 * Lists that show what their caller has just written. A command answers `Souk-Position`; a list
 * that is asked with `Souk-After` waits for it. In the process that took the command, the list
 * waits without the header, for as long as a person takes from one request to the next.
 *
 * A position names the version of a stream, which every reply carries already. Its place in the
 * journal is looked up by the list that waits, so that commands cost nothing more.
 */
import type { StreamId, Version } from "@souk/actors/journal/Journal"
import type { ReadModels, Written } from "@souk/actors/projection/ReadModels"
import { Clock, Context, Effect, Option, Schema } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { problem } from "../Problem.ts"
import * as ActorRequest from "./ActorRequest.ts"

/** How long a list waits. */
const waitMs = 2_000

/** How long a command is remembered, of how many callers, and how many of each. */
const rememberedMs = 5_000
const callersMax = 10_000
const writesMax = 8

/** The one journal that there is. */
const journalId = "j00"

/** What a client passes on: one position, or several with dots between them. */
const Position = Schema.String.pipe(
  Schema.pattern(
    /^j00-[A-Za-z0-9_-]{3,120}-[1-9]\d{0,8}(?:\.j00-[A-Za-z0-9_-]{3,120}-[1-9]\d{0,8}){0,7}$/
  )
).annotations({ description: "a `Souk-Position`, or up to 8 with dots between them" })

/** For lists that can wait. */
export const after = { "souk-after": Schema.optional(Position) }

/** The list has not read so far in time. */
export class ListBehind extends Schema.TaggedError<ListBehind>()("ListBehind", {}) {
  override get message() {
    return "the list has not caught up with this position: retry, or leave Souk-After out"
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

/** What callers of this process wrote a moment ago. */
class Writes {
  readonly #byCaller = new Map<string, ReadonlyArray<Remembered>>()

  add(caller: string, written: Written, nowMs: number): void {
    const before = this.of(caller, nowMs).filter(({ stream }) => stream !== written.stream)
    // At the end of the map, so that those who wrote longest ago are forgotten first.
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

/** Remembers what a command of this caller has written, and says where. */
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

/** What this caller wrote here a moment ago; nothing for a public list. */
const remembered = Effect.gen(function* () {
  const writes = yield* RecentWrites
  const caller = yield* Effect.serviceOption(Caller)
  const nowMs = yield* Clock.currentTimeMillis
  return Option.match(caller, { onNone: () => [], onSome: ({ id }) => writes.of(id, nowMs) })
})

/** The headers of a list that can wait. */
interface Asked {
  readonly headers: { readonly "souk-after"?: string | undefined }
}

/**
 * Makes a list wait until its read model has come far enough. Only with the header is a list
 * refused that has not: without it, what there is after the wait is shown.
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
