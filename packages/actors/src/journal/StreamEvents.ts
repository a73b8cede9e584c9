/** A whole stream, page after page. */
import { Chunk, Effect, Option, Stream } from "effect"
import type { Journal, StreamId } from "./Journal.ts"

/** How many events are read at once. */
const pageEvents = 1000

/** Every event of a stream, oldest first. */
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
