/** What a stream says about a command that was answered before. */
import { Journal, type Recorded, type StreamId } from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { Effect, Option, Stream } from "effect"
import { orUnavailable } from "../Asking.ts"
import { KeyReused } from "../Problem.ts"
import { canonical } from "@souk/domain/kernel/Canonical"

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
