/**
 * Checks with one query whether many streams have newer events. Each reply without events of its
 * own needs a check; in a flash sale these are nine of ten requests, all about one stock item.
 */
import { Either } from "effect"
import { JournalUnavailable, type StreamId, type Version } from "./Journal.ts"

/** How many streams share a query. */
const streamsMax = 256

/** How many checks may wait; more are refused at once. */
const pendingMax = 10_000

type Done = (hasNewer: Either.Either<boolean, JournalUnavailable>) => void

/** The ordinals, from 1 on, of the streams that have newer events. */
type Found = Either.Either<ReadonlyArray<readonly [ordinal: string]>, JournalUnavailable>

/** Queries the database; calls `done` once, never within the call. */
export type Query = (
  values: readonly [streams: ReadonlyArray<string>, after: string],
  done: (found: Found) => void
) => void

interface VersionCheck {
  readonly stream: StreamId
  readonly after: Version
  readonly waiting: Array<Done>
}

export class VersionCheckBatcher {
  readonly #query: Query
  readonly #report: (defect: unknown) => void
  /** The checks of the next query, each once for all callers with the same stream and version. */
  #checks = new Map<string, VersionCheck>()
  #pending = 0
  #isUnderWay = false

  /** `report` logs what a callback has thrown; the other callbacks are called all the same. */
  constructor(query: Query, report: (defect: unknown) => void) {
    this.#query = query
    this.#report = report
  }

  /** Calls `done` once, with the result of a query that begins after this call. */
  hasNewer(stream: StreamId, after: Version, done: Done): void {
    if (this.#pending >= pendingMax) {
      const cause = new Error(`${pendingMax} questions are waiting`)
      return void setImmediate(done, Either.left(new JournalUnavailable({ cause })))
    }
    this.#pending++
    const key = `${after} ${stream}`
    const same = this.#checks.get(key)
    if (same === undefined) this.#checks.set(key, { stream, after, waiting: [done] })
    else same.waiting.push(done)
    if (!this.#isUnderWay) this.#begin()
  }

  /** Queries at the end of this turn of the event loop, so that all checks of the turn share it. */
  #begin(): void {
    this.#isUnderWay = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    const group = this.#take()
    const values = [
      group.map(({ stream }) => stream),
      `{${group.map(({ after }) => after).join()}}`
    ] as const
    this.#query(values, (found) => {
      if (this.#checks.size > 0) this.#begin()
      else this.#isUnderWay = false
      const newer = Either.map(found, (rows) => new Set(rows.map(([ordinal]) => ordinal)))
      for (const [index, { waiting }] of group.entries()) {
        const answer = Either.map(newer, (ordinals) => ordinals.has(String(index + 1)))
        for (const done of waiting) this.#resolve(done, answer)
      }
    })
  }

  #resolve(done: Done, answer: Parameters<Done>[0]): void {
    try {
      done(answer)
    } catch (defect) {
      this.#report(defect)
    }
  }

  #take(): ReadonlyArray<VersionCheck> {
    const all = [...this.#checks]
    const taken = all.slice(0, streamsMax)
    this.#checks = new Map(all.slice(streamsMax))
    for (const [, { waiting }] of taken) this.#pending -= waiting.length
    return taken.map(([, question]) => question)
  }
}
