/** The journal as actors use it: with callbacks, because a fiber costs more than a decision. */
import { Effect, type Either, Option } from "effect"
import type {
  Append,
  AppendFailure,
  Journal,
  JournalUnavailable,
  Loaded,
  Snapshot,
  StreamId,
  Version
} from "../journal/Journal.ts"
import type { Run } from "./IntentExecutor.ts"

type Done<A> = (result: Either.Either<A, JournalUnavailable>) => void

export interface ActorJournal {
  readonly enqueue: (append: Append, settled: (failure: AppendFailure | undefined) => void) => void
  readonly load: (stream: StreamId, snapshotVersion: number | undefined, done: Done<Loaded>) => void
  /** Whether a command id is in the stream. */
  readonly has: (stream: StreamId, commandId: string, done: Done<boolean>) => void
  /** Whether the stream has events after a version. */
  readonly hasNewer: (stream: StreamId, after: Version, done: Done<boolean>) => void
  /** Saves a snapshot; a failure is logged, as the events hold the state as well. */
  readonly save: (snapshot: Snapshot) => void
}

export const make = (journal: Journal["Type"], run: Run): ActorJournal => ({
  enqueue: journal.enqueue,
  hasNewer: journal.hasNewer,
  load: (stream, snapshotVersion, done) => {
    const load = journal.load(stream, Option.fromNullable(snapshotVersion))
    run(Effect.map(Effect.either(load), done))
  },
  has: (stream, commandId, done) => {
    run(Effect.map(Effect.either(journal.has(stream, commandId)), done))
  },
  save: (snapshot) => {
    run(Effect.ignoreLogged(journal.save(snapshot)))
  }
})
