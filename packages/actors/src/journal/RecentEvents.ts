/**
 * The newest events that this process has committed, for its own read models, so that they need not
 * query the database for events that this process has just sent to it.
 *
 * Positions are taken under the lock of `journal_append`, so those of a batch are consecutive, and
 * a gap between two batches is an event of another process, or of an append that was rolled back.
 * Then the earlier events are dropped, and readers use the database until they are past the gap.
 */
import type * as Batch from "./Batch.ts"
import type { Append, Position, CategoryEvent, CategoryPage } from "./Journal.ts"

/** How much is kept at most for readers that are behind. */
const eventsMax = 8_000
const charactersMax = 8_000_000

/** A committed batch and its size. */
interface Chunk {
  readonly first: Position
  readonly last: Position
  readonly appends: ReadonlyArray<Append>
  readonly characters: number
}

export class RecentEvents {
  /** One after the other, without a gap between them. */
  #chunks: Array<Chunk> = []
  #events = 0
  #characters = 0
  /** The readers by name, and their positions. Without readers nothing is kept. */
  readonly #readers = new Map<string, Position>()

  /** How many events are kept. */
  get size(): number {
    return this.#events
  }

  /** Adds a batch whose last event is at `last`. */
  add(
    batch: ReadonlyArray<Pick<Batch.Waiting, "append" | "payloads" | "metadata">>,
    last: Position
  ) {
    if (this.#readers.size === 0) return
    const appends = batch.map(({ append }) => append)
    const events = appends.reduce((sum, { entries }) => sum + entries.length, 0)
    const characters = batch.reduce(
      (sum, { metadata, payloads }) => sum + metadata.length + payloads.length,
      0
    )
    const first = last - events + 1
    if (this.#chunks.at(-1)?.last !== first - 1) this.#clear()
    this.#chunks.push({ first, last, appends, characters })
    this.#events += events
    this.#characters += characters
    if (this.#events > eventsMax || this.#characters > charactersMax) this.#shrink()
  }

  /**
   * The events of one category among the next `limit` after a position; undefined when only the
   * database can tell. Each reader has its own position, also within one category.
   */
  read(reader: string, category: string, after: Position, limit: number): CategoryPage | undefined {
    this.#readers.set(reader, after)
    this.#trim()
    const start = this.#chunks[0]
    if (start === undefined || start.first > after + 1) return undefined
    const end = Math.min(this.#chunks.at(-1)?.last ?? 0, after + limit)
    if (end <= after) return undefined
    const events: Array<CategoryEvent> = []
    for (const chunk of this.#chunks) {
      if (chunk.first > end) break
      for (const event of eventsIn(chunk, `${category}-`)) {
        if (event.position > after && event.position <= end) events.push(event)
      }
    }
    return { events, through: end }
  }

  /** Drops what every reader has passed. */
  #trim(): void {
    const read = Math.min(...this.#readers.values())
    while (this.#chunks[0] !== undefined && this.#chunks[0].last <= read) this.#dropOldest()
  }

  /**
   * Drops the oldest events, and the readers that have not read them: these have stopped, or are
   * far behind and read the table until they have caught up.
   */
  #shrink(): void {
    while (this.#events > eventsMax || this.#characters > charactersMax) this.#dropOldest()
    const first = this.#chunks[0]?.first ?? Infinity
    for (const [reader, read] of this.#readers) {
      if (read < first - 1) this.#readers.delete(reader)
    }
    if (this.#readers.size === 0) this.#clear()
    else this.#trim()
  }

  #dropOldest(): void {
    const oldest = this.#chunks.shift()
    if (oldest === undefined) return
    this.#events -= oldest.last - oldest.first + 1
    this.#characters -= oldest.characters
  }

  #clear(): void {
    this.#chunks = []
    this.#events = 0
    this.#characters = 0
  }
}

function* eventsIn({ appends, first }: Chunk, prefix: string): Generator<CategoryEvent> {
  let position = first
  for (const { entries, expected, stream } of appends) {
    if (stream.startsWith(prefix)) {
      for (const [index, { payload, schemaVersion, type }] of entries.entries()) {
        const version = expected + index + 1
        yield { position: position + index, stream, version, type, schemaVersion, payload }
      }
    }
    position += entries.length
  }
}
