/** The journal in Postgres. */
import { Cause, Clock, Effect, Layer, Queue, Runtime } from "effect"
import { ShardOwnership } from "../cluster/ShardOwnership.ts"
import type { Database } from "../database/Database.ts"
import { Journal, QueueAppendsMax, type Position } from "./Journal.ts"
import * as JournalReader from "./JournalReader.ts"
import { RecentEvents } from "./RecentEvents.ts"
import * as CommitRecovery from "./CommitRecovery.ts"
import { JournalWriter, type UnresolvedBatch } from "./JournalWriter.ts"
import * as WriterConnection from "./WriterConnection.ts"

const make = Effect.gen(function* () {
  const runFork = Runtime.runFork(yield* Effect.runtime<never>())
  const report = (defect: unknown) => {
    runFork(Effect.logError("a commit callback failed", Cause.die(defect)))
  }
  const listeners = new Set<(head: Position) => void>()
  const committed = (head: Position) => {
    for (const listener of listeners) {
      try {
        listener(head)
      } catch (defect) {
        report(defect)
      }
    }
  }
  const tail = new RecentEvents()
  const connection = yield* WriterConnection.make
  const troubles = yield* Queue.bounded<UnresolvedBatch>(1) // Nothing is sent until it is settled.
  const ownership = yield* ShardOwnership
  const mayWrite = () => ownership.mayWrite()
  const writer = new JournalWriter({
    connection,
    queueAppendsMax: yield* QueueAppendsMax,
    mayWrite,
    recover: (trouble) => troubles.unsafeOffer(trouble),
    committed: (head, { appends }) => {
      tail.add(appends, head)
      committed(head)
    },
    report
  })
  yield* Queue.take(troubles).pipe(
    Effect.flatMap((trouble) => CommitRecovery.resolve(connection, mayWrite, trouble, committed)),
    Effect.catchAllDefect((defect) => Effect.logError("commit recovery failed", Cause.die(defect))),
    Effect.zipRight(Effect.sync(() => writer.resume())),
    Effect.forever,
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() => writer.close) // Before the connection and the repairs end.
  const reader = yield* JournalReader.make(tail)
  return Journal.of({
    ...reader,
    enqueue: (append, settled) => writer.enqueue(append, settled),
    onCommitted: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  })
})

/** Keeps real time, as its database does, whatever clock a test holds in its hand. */
export const layer: Layer.Layer<Journal, never, Database> = Layer.scoped(
  Journal,
  Effect.withClock(make, Clock.make())
)
