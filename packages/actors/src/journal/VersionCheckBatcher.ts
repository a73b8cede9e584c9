/**
 * Whether streams have got newer events, for many actors at once. Every answer that writes nothing
 * asks this, so that nine of ten buyers in a flash sale do, of the same stock item.
 */
import { Either } from "effect"
import { JournalUnavailable, type StreamId, type Version } from "./Journal.ts"

/** How many streams share a look. */
const streamsMax = 256

/** How many may wait for a look; beyond it they are turned away at once. */
const pendingMax = 10_000

type Done = (hasNewer: Either.Either<boolean, JournalUnavailable>) => void

/** Rows hold the places, from 1 on, of those streams that have newer events. */
type Found = Either.Either<ReadonlyArray<readonly [ordinal: string]>, JournalUnavailable>

/** Asks the database about the streams and versions; answers once, and later. */
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
  /** Those of the next look. The same question is asked once, for all who ask it. */
  #checks = new Map<string, VersionCheck>()
  #pending = 0
  #isUnderWay = false

  /** `report` takes note of what one of those who asked has thrown: no business of the others. */
  constructor(query: Query, report: (defect: unknown) => void) {
    this.#query = query
    this.#report = report
  }

  /** Calls `done` once, and later. Only a look that begins after this call may answer it. */
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

  /** At the end of this turn of the event loop: whoever asks by then shares the look. */
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
