/** What a stream says about a command that was answered before. */
import { Journal, type Recorded, type StreamId } from "@souk/actors/journal/Journal"
import { Chunk, Effect, Option, Stream } from "effect"
import { orUnavailable } from "../Asking.ts"
import { KeyReused } from "../Problem.ts"
import { canonical } from "./Canonical.ts"

/** How many events are read at once. */
const pageEvents = 1000

/** A whole stream, oldest first. */
export const events = (journal: Journal["Type"], stream: StreamId) =>
  Stream.paginateChunkEffect(0, (after) =>
    Effect.map(journal.readStream(stream, after, pageEvents), (page) => [
      Chunk.unsafeFromArray(page),
      Option.map(
        Option.filter(Option.fromNullable(page.at(-1)), () => page.length === pageEvents),
        ({ version }) => version
      )
    ])
  )

type Members = Readonly<Record<string, unknown>>

/**
 * Refuses a repeat that asks for something else than the first request did: `asked` are the members
 * its event would have had.
 */
export const sameAsBefore = (stream: StreamId, commandId: string, asked: Members) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const first = yield* Stream.runHead(
      Stream.filter(events(journal, stream), ({ metadata }) => metadata.commandId === commandId)
    )
    if (Option.exists(first, (event) => !isAsked(event, asked))) return yield* new KeyReused()
  }).pipe(orUnavailable)

const isAsked = ({ payload }: Recorded, asked: Members): boolean => {
  const recorded = new Map(Object.entries(payload))
  return Object.entries(asked).every(
    ([name, value]) => canonical(value) === canonical(recorded.get(name))
  )
}
