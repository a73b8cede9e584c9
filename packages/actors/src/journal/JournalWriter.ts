/**
 * Queues appends, and commits them in batches.
 *
 * One statement is under way at a time, and the next batch fills meanwhile: with more load, more
 * events share a commit. This is the hot path, so it is plain code with callbacks. A batch that
 * does not commit is handed to `CommitRecovery`, and no other is sent until it is resolved.
 */
import { Effect } from "effect"
import * as Batch from "./Batch.ts"
import {
  type Append,
  type AppendFailure,
  JournalSaturated,
  JournalUnavailable,
  type Position
} from "./Journal.ts"
import type { WriterConnection } from "./WriterConnection.ts"

/** What one commit holds at most. */
const batchEntriesMax = 1_000
const batchCharactersMax = 1_000_000

/** How many characters may be queued; `QueueAppendsMax` limits the appends. */
const queueCharactersMax = 64_000_000

/** How long appends wait for a lost database. Then they fail, and new ones fail at once. */
export const patienceMs = 10_000

/** How long the close may take to write queued appends. */
const drainMsMax = 10_000

/** A batch that is not settled. Without an outcome it was never sent. */
export interface UnresolvedBatch {
  readonly batch: Batch.Batch
  readonly outcome: Batch.Failure | undefined
}

export class JournalWriter {
  readonly #connection: WriterConnection
  readonly #queueAppendsMax: number
  readonly #mayWrite: () => boolean
  readonly #recover: (trouble: UnresolvedBatch) => void
  readonly #committed: (head: Position, batch: Batch.Batch) => void
  readonly #report: (defect: unknown) => void
  #queue: Array<Batch.Waiting> = []
  #queueCharacters = 0
  #isScheduled = false
  /** Closed: new appends are refused. Ended: recovery does not run any more. */
  #isClosed = false
  #hasEnded = false
  /** The batch that is sent, or being resolved. */
  #current: Batch.Batch | undefined
  #idle: () => void = () => undefined

  constructor(options: {
    readonly connection: WriterConnection
    /** See `QueueAppendsMax`. */
    readonly queueAppendsMax: number
    /** See `ShardOwnership.mayWrite`. */
    readonly mayWrite: () => boolean
    /** Settles every append of the batch, and calls `resume` then. */
    readonly recover: (trouble: UnresolvedBatch) => void
    /** Called after each batch that is committed at once, with the position of its last event. */
    readonly committed: (head: Position, batch: Batch.Batch) => void
    /** Logs what a callback has thrown. */
    readonly report: (defect: unknown) => void
  }) {
    this.#connection = options.connection
    this.#queueAppendsMax = options.queueAppendsMax
    this.#mayWrite = options.mayWrite
    this.#recover = options.recover
    this.#committed = options.committed
    this.#report = options.report
  }

  /** See `Journal.enqueue`. */
  enqueue(append: Append, settled: Batch.Waiting["settled"]): void {
    const guarded = Batch.guard(settled, this.#report)
    const admitted = Batch.admit(append, guarded, this.#closed)
    if (admitted instanceof Error) {
      append.session.isBroken = true
      setImmediate(guarded, admitted)
      return
    }
    this.#queue.push(admitted)
    this.#queueCharacters += Batch.charactersOf(admitted)
    if (this.#current === undefined) this.#schedule()
  }

  /** Sends again after recovery. */
  resume(): void {
    this.#current = undefined
    if (this.#queue.length > 0) this.#schedule()
    else this.#idle()
  }

  /** Refuses new appends, and writes the queued ones. */
  readonly close: Effect.Effect<void> = Effect.async<void>((resume) => {
    this.#isClosed = true
    this.#idle = () => resume(Effect.void)
    if (this.#current === undefined && this.#queue.length === 0) this.#idle()
  }).pipe(
    Effect.interruptible, // Or the finalizer that it is in would wait beyond the limit.
    Effect.timeoutOption(drainMsMax),
    Effect.zipRight(
      Effect.sync(() => {
        this.#hasEnded = true
        this.#failQueue("the journal is closing")
      })
    )
  )

  get #closed(): AppendFailure | undefined {
    if (this.#isClosed) return unavailable("the journal is closing")
    if (this.#isDisconnected) return unavailable("the database is not connected")
    const isFull = this.#queue.length >= this.#queueAppendsMax
    return isFull || this.#queueCharacters >= queueCharactersMax
      ? new JournalSaturated({ waiting: this.#queue.length })
      : undefined
  }

  get #isDisconnected(): boolean {
    return this.#connection.lostForMs() > patienceMs
  }

  /**
   * Sends at the end of this turn of the event loop, so that all appends of the turn share a batch.
   */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#current === undefined) this.#flush()
    })
  }

  #flush(): void {
    if (this.#isDisconnected) this.#failQueue("the database is not connected")
    else if (!this.#mayWrite()) this.#failQueue("another process may own these streams by now")
    const batch = Batch.make(this.#take())
    if (batch === undefined) return this.resume()
    this.#current = batch
    const client = this.#connection.client()
    if (client === undefined) return this.#recover({ batch, outcome: undefined })
    Batch.send(client, this.#connection.watchdog, batch, (outcome) => {
      if (outcome._tag === "Committed") {
        Batch.succeed(batch)
        this.#committed(outcome.head, batch)
        this.resume()
      } else {
        if (outcome._tag === "Unknown") this.#connection.discard(client)
        if (this.#hasEnded) failAll(batch.appends, "the journal is closing")
        else this.#recover({ batch, outcome })
      }
    })
  }

  /** Takes from the front of the queue what one commit holds: at least one append, of any size. */
  #take(): ReadonlyArray<Batch.Waiting> {
    let count = 0
    let entries = 0
    let characters = 0
    for (const waiting of this.#queue) {
      entries += waiting.append.entries.length
      const more = characters + Batch.charactersOf(waiting)
      if (count > 0 && (entries > batchEntriesMax || more > batchCharactersMax)) break
      characters = more
      count++
    }
    this.#queueCharacters -= characters
    if (count === this.#queue.length) {
      const all = this.#queue
      this.#queue = []
      return all
    }
    return this.#queue.splice(0, count)
  }

  #failQueue(reason: string): void {
    const line = this.#queue
    this.#queue = []
    this.#queueCharacters = 0
    failAll(line, reason)
  }
}

const failAll = (appends: ReadonlyArray<Batch.Waiting>, reason: string): void => {
  for (const waiting of appends) Batch.fail(waiting, unavailable(reason))
}

const unavailable = (reason: string): JournalUnavailable =>
  new JournalUnavailable({ cause: new Error(reason) })
