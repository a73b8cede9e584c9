/**
 * The newest events that this process has committed, for its own read models: they go on from where
 * they are without asking the database for what this process has just told it.
 *
 * Positions are taken under the lock of `journal_append`, so that those of a batch follow each
 * other, and a number that is missing between two batches is an event of somebody else, or of
 * nobody. Then what came before is forgotten, and the database answers until readers are past it.
 */
import type * as Batch from "./Batch.ts"
import type { Append, Position, CategoryEvent, CategoryPage } from "./Journal.ts"

/** What is kept at most for readers that have fallen behind. */
const eventsMax = 8_000
const charactersMax = 8_000_000

/** A batch that is in the journal, and what it takes. */
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
  /** Those who read here by name, and up to where. Without readers nothing is kept. */
  readonly #readers = new Map<string, Position>()

  /** How many events are kept. */
  get size(): number {
    return this.#events
  }

  /** Takes a batch whose last event is at `last`. */
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
   * What the journal has of one room among its next `limit` events after a position; nothing when
   * only the database can know. Each reader keeps its own place, also where others read the same
   * room.
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

  /** Forgets what every reader has passed. */
  #trim(): void {
    const read = Math.min(...this.#readers.values())
    while (this.#chunks[0] !== undefined && this.#chunks[0].last <= read) this.#dropOldest()
  }

  /**
   * Forgets the oldest events, and with them the readers that have not read them: these have left,
   * or are far behind, and read the table until they have caught up. Nothing is kept for them.
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
