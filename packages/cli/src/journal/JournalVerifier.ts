/**
 * Verifies a journal that is read once, event by event, in commit order. It relies on the events
 * alone and keeps none of them, only the version of each stream, and the state of those that
 * changed last. A stream that changes again after its state was dropped is left for another pass,
 * which folds it from its first event.
 */
import { createHash } from "node:crypto"
import { canonical } from "@souk/domain/kernel/Text"
import { categoryOf } from "@souk/domain/kernel/Aggregate"
import type { JournalRow, Snapshot } from "@souk/http/journal/JournalApi"
import { type StreamVerifier, verifiers } from "./CategoryVerifiers.ts"
import { Fingerprints } from "./Fingerprints.ts"

/** How many streams are followed at a time: some hundred megabytes at most. */
export const followersMax = 50_000

/** How many findings are told in full; all are counted. */
export const findingsMax = 100

export interface Finding {
  readonly problem: "position" | "version" | "command" | "room" | "event" | "snapshot" | "prefix"
  readonly position: number
  /** Empty where it is about no stream. */
  readonly stream: string
  readonly version: number
  readonly detail: string
}

/** What the first events of a journal come to, to be held against the same journal later. */
export interface Mark {
  readonly position: number
  readonly events: number
  /** SHA-256 of all events up to the position as stored, each as one line of canonical JSON. */
  readonly sha256: string
}

interface Place {
  version: number
  /** The command of its last event, and when that was. */
  last: string
}

type Told = Omit<Finding, "position" | "stream" | "version">

/** A renamed event under the name it is stored by, so that a digest does not change with names. */
const asStored = (row: JournalRow): object => {
  const { storedType, ...stored } = row
  return storedType === undefined ? row : { ...stored, type: storedType }
}

export class JournalVerifier {
  readonly findings: Array<Finding> = []
  findingsCount = 0
  events = 0
  position = 0
  snapshotsChecked = 0
  readonly streamsByRoom = new Map<string, number>()
  /** Streams to be folded in another reading. */
  readonly again = new Set<string>()
  readonly #hash = createHash("sha256")
  readonly #places = new Map<string, Place>()
  readonly #commands = new Fingerprints()
  readonly #followers = new Map<string, StreamVerifier>()
  readonly #evicted = new Set<string>()
  readonly #snapshots: ReadonlyMap<string, Snapshot>
  readonly #against: Mark | undefined
  readonly #followersMax: number

  constructor(
    snapshots: ReadonlyArray<Snapshot>,
    against: Mark | undefined,
    followersAtOnce = followersMax
  ) {
    this.#snapshots = new Map(snapshots.map((snapshot) => [snapshot.stream, snapshot]))
    this.#against = against
    this.#followersMax = followersAtOnce
  }

  get mark(): Mark {
    const { events, position } = this
    return { position, events, sha256: this.#hash.copy().digest("hex") }
  }

  /** Takes the next event of the journal. */
  add(row: JournalRow): void {
    if (row.position <= this.position) {
      this.#report(row, { problem: "position", detail: `follows position ${this.position}` })
    }
    this.position = row.position
    this.events++
    this.#hash.update(`${canonical(asStored(row))}\n`)
    this.#compare()
    this.#place(row)
    this.#fold(row)
  }

  /** Folds an event of a stream that was put away, in a reading of its own. */
  addAgain(row: JournalRow): void {
    this.#follow(row, this.#followers.get(row.stream) ?? this.#begin(row.stream))
  }

  /** Begins another reading: the next streams that are to be folded from their first event. */
  readAgain(): ReadonlySet<string> {
    const next = new Set([...this.again].slice(0, this.#followersMax))
    for (const stream of next) this.again.delete(stream)
    this.#followers.clear()
    return next
  }

  /** Says what can only be said when the journal has come to its end. */
  end(): void {
    if (this.#against !== undefined && this.#against.position > this.position) {
      this.#prefix(`the journal ends at ${this.position}, and went on to ${this.#against.position}`)
    }
    for (const { stream, version } of this.#snapshots.values()) {
      const last = this.#places.get(stream)?.version ?? 0
      if (last < version) {
        const detail = `a snapshot of version ${version}, and the stream ends at ${last}`
        this.#report({ position: this.position, stream, version }, { problem: "snapshot", detail })
      }
    }
  }

  #compare(): void {
    const against = this.#against
    if (against?.position !== this.position) return
    const { events, sha256 } = this.mark
    if (events !== against.events) {
      this.#prefix(`${events} events up to here, and once there were ${against.events}`)
    } else if (sha256 !== against.sha256) {
      this.#prefix("the events up to here are not what they were")
    }
  }

  #prefix(detail: string): void {
    this.#report({ position: this.position, stream: "", version: 0 }, { problem: "prefix", detail })
  }

  /** Versions without a hole, and each command once: its events are of one piece and one moment. */
  #place(row: JournalRow): void {
    const { metadata, recordedAt, stream, version } = row
    const last = `${metadata.commandId} ${recordedAt}`
    const before = this.#places.get(stream)
    const expected = (before?.version ?? 0) + 1
    if (version !== expected) {
      this.#report(row, { problem: "version", detail: `is not version ${expected}` })
    }
    if (before?.last !== last && !this.#commands.add(`${stream} ${metadata.commandId}`)) {
      const detail = `${metadata.commandId} has had its effect on this stream before`
      this.#report(row, { problem: "command", detail })
    }
    if (before === undefined) {
      const category = categoryOf(stream)
      this.streamsByRoom.set(category, (this.streamsByRoom.get(category) ?? 0) + 1)
      this.#places.set(stream, { version, last })
    } else {
      before.version = version
      before.last = last
    }
  }

  #fold(row: JournalRow): void {
    const { stream } = row
    if (this.again.has(stream)) return
    if (this.#evicted.delete(stream)) {
      this.again.add(stream)
      return
    }
    const follower = this.#followers.get(stream) ?? this.#begin(stream)
    if (follower === undefined) {
      this.#report(row, { problem: "room", detail: "no verifier for this category" })
      return
    }
    this.#follow(row, follower)
    // Those that moved last stand at the end.
    this.#followers.delete(stream)
    this.#followers.set(stream, follower)
    if (this.#followers.size > this.#followersMax) {
      for (const [oldest] of this.#followers) {
        this.#followers.delete(oldest)
        this.#evicted.add(oldest)
        break
      }
    }
  }

  #begin(stream: string): StreamVerifier | undefined {
    const follower = verifiers.get(categoryOf(stream))?.()
    if (follower !== undefined) this.#followers.set(stream, follower)
    return follower
  }

  #follow(row: JournalRow, follower: StreamVerifier | undefined): void {
    if (follower === undefined) return
    for (const detail of follower.next(row)) this.#report(row, { problem: "event", detail })
    const snapshot = this.#snapshots.get(row.stream)
    if (snapshot?.version !== row.version) return
    const isSame = follower.matches(snapshot)
    if (isSame === undefined) return
    this.snapshotsChecked++
    if (!isSame) {
      this.#report(row, {
        problem: "snapshot",
        detail: "the snapshot of this version says otherwise"
      })
    }
  }

  #report(
    { position, stream, version }: Pick<JournalRow, "position" | "stream" | "version">,
    told: Told
  ) {
    this.findingsCount++
    if (this.findings.length < findingsMax) {
      this.findings.push({ ...told, position, stream, version })
    }
  }
}
