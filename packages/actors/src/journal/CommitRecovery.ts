/** Resolves batches that were refused, whose outcome is unknown, or that were not sent. */
import { Clock, Effect, Option } from "effect"
import * as Batch from "./Batch.ts"
import { JournalUnavailable, type Position } from "./Journal.ts"
import { patienceMs, type UnresolvedBatch } from "./JournalWriter.ts"
import { silenceMsMax, type WriterConnection } from "./WriterConnection.ts"

/** How often one batch is sent again, how much each pause grows, and when recovery ends. */
const attemptsMax = 5
const pauseMs = 100
const recoveryMsMax = 30_000

/**
 * Settles every append of the batch exactly once. A refused batch is sent again in halves until the
 * appends that cause the refusal are alone; the others commit.
 */
export const resolve = (
  connection: WriterConnection,
  mayWrite: () => boolean,
  { batch, outcome }: UnresolvedBatch,
  committed: (head: Position) => void
): Effect.Effect<void> => {
  // The appends that are not settled yet, in sending order.
  let rest: ReadonlyArray<ReadonlyArray<Batch.Waiting>> = [batch.appends]

  const one = Effect.fnUntraced(function* (batch: Batch.Batch, known: UnresolvedBatch["outcome"]) {
    const outcome = yield* outcomeOfBatch(connection, mayWrite, batch, known)
    rest = rest.slice(1)
    if (outcome._tag === "Committed") {
      Batch.succeed(batch)
      committed(outcome.head)
    } else if (outcome._tag === "Refused" && batch.appends.length > 1) {
      rest = [...Batch.halves(batch), ...rest]
    } else {
      for (const waiting of batch.appends) Batch.fail(waiting, failureOf(waiting, outcome))
    }
  })
  const all = Effect.gen(function* () {
    yield* one(batch, outcome)
    while (rest[0] !== undefined) {
      const next = Batch.make(rest[0])
      rest = rest.slice(1)
      if (next === undefined) continue
      rest = [next.appends, ...rest]
      yield* one(next, undefined)
    }
  })
  const abandon = Effect.sync(() => {
    const failure = new JournalUnavailable({ cause: new Error("the journal is closing") })
    for (const waiting of rest.flat()) Batch.fail(waiting, failure)
  })
  return Effect.ensuring(all, abandon)
}

/** Sends the batch until its outcome is known, or a limit is reached. */
const outcomeOfBatch = Effect.fnUntraced(function* (
  connection: WriterConnection,
  mayWrite: () => boolean,
  batch: Batch.Batch,
  known: UnresolvedBatch["outcome"]
) {
  if (known?._tag === "Refused") return known
  const startMs = yield* Clock.currentTimeMillis
  let last = known
  for (let attempts = 0; ; attempts++) {
    const waitMs = Math.max(0, patienceMs - connection.lostForMs())
    const client = yield* Effect.timeoutOption(connection.ready, waitMs)
    if (Option.isNone(client)) return last ?? disconnected
    const isLate = (yield* Clock.currentTimeMillis) > startMs + recoveryMsMax
    // A batch that may no longer be sent is looked up once.
    const isLast = attempts === attemptsMax || isLate || !mayWrite()
    if (last === undefined && isLast) return disconnected
    const outcome = yield* step(connection, client.value, batch, last, isLast)
    if (outcome._tag !== "Unknown") return outcome
    if (isLast) return outcome
    last = outcome
    connection.discard(client.value)
    yield* Effect.sleep(pauseMs * attempts)
  }
})

const disconnected: Batch.Failure = {
  _tag: "Unknown",
  cause: new Error("the database is not connected")
}

/**
 * Looks up a batch that was sent before: its connection has ended, so a batch that is not in the
 * journal will not appear later. Then sends it, unless this is the last attempt.
 */
const step = (
  { watchdog }: WriterConnection,
  client: Batch.Client,
  batch: Batch.Batch,
  last: Batch.Failure | undefined,
  isLast: boolean
): Effect.Effect<Batch.Outcome> => {
  const send = Effect.async<Batch.Outcome>((resume) =>
    Batch.send(client, watchdog, batch, (outcome) => resume(Effect.succeed(outcome)))
  )
  if (last === undefined) return send
  return Effect.tryPromise(() => Batch.find(client, batch)).pipe(
    Effect.timeout(silenceMsMax),
    Effect.flatMap((found) =>
      found ? Effect.succeed(found) : isLast ? Effect.succeed(last) : send
    ),
    Effect.catchAll((cause) => Effect.succeed<Batch.Outcome>({ _tag: "Unknown", cause }))
  )
}

const failureOf = ({ append }: Batch.Waiting, { cause, ...outcome }: Batch.Failure) =>
  outcome._tag === "Refused" && outcome.isConflict
    ? Batch.conflict(append)
    : new JournalUnavailable({ cause })
