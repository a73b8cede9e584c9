/** A whole stream, read by pages. */
import { Chunk, Effect, Option, Stream } from "effect"
import type { Journal, StreamId } from "./Journal.ts"

/** How many events a page has. */
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
