/** What an actor promises, whatever other instance appends to its stream and whatever fails. */
import { assert, describe, it } from "@effect/vitest"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import { accept, type Decider, noSaga, refuse } from "@souk/domain/kernel/Decider"
import { type EventCodec, UnreadableEvent } from "@souk/domain/kernel/EventCodec"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Effect, Either, Option, Schema } from "effect"
import {
  type Append,
  type AppendFailure,
  Journal,
  JournalUnavailable
} from "../../src/journal/Journal.ts"
import * as JournalMemory from "../support/JournalMemory.ts"
import type {
  ActorBroken,
  ActorDefinition,
  ActorUnavailable
} from "../../src/runtime/ActorDefinition.ts"
import { ActorInstance } from "../../src/runtime/ActorInstance.ts"
import { actorJournal } from "../../src/runtime/EventSourcedState.ts"

const Counted = Schema.TaggedStruct("Counted", { by: Schema.Int })
type Counted = typeof Counted.Type
const Count = Schema.TaggedStruct("Count", { count: Schema.Int })
type Count = typeof Count.Type
const Full = Schema.TaggedStruct("Full", {})
type Full = typeof Full.Type
type Settled = (failure: AppendFailure | undefined) => void

/** Counts up to ten; a negative number is a bug. */
const decider: Decider<number, Count, Counted, Full> = {
  initial: 0,
  decide: (total, { count }) => {
    if (count < 0) throw new Error("a bug")
    if (count === 0) return accept()
    return total + count > 10 ? refuse(Full.make({})) : accept({ _tag: "Counted", by: count })
  },
  evolve: (total, { by }) => total + by,
  isTerminal: () => false
}

const minusFive = accept<Counted>({ _tag: "Counted", by: -5 })

const CounterAggregate = Aggregate.define({
  category: "counter",
  id: Schema.String,
  command: Count,
  event: Counted,
  rejection: Full,
  view: Schema.Int,
  decider,
  saga: noSaga,
  viewOf: (total: number) => Option.some(total)
})
type CounterAggregate = Aggregate.TypesOf<typeof CounterAggregate>

/** A program that no longer knows what was counted. */
const unreadable: EventCodec<Counted> = {
  ...CounterAggregate.codec,
  decode: (recorded) => {
    throw new UnreadableEvent(recorded, "unknown")
  }
}

const definitionOf = (
  aggregate: Aggregate.Aggregate<CounterAggregate>
): ActorDefinition<CounterAggregate> => ({
  aggregate,
  reminders: () => ({}),
  canPassivate: () => false,
  idleMs: 60_000,
  execute: () => Effect.succeedNone
})

const metadata = (id: string): Metadata => ({
  commandId: CommandId.make(id),
  correlationId: "test",
  causationId: "test",
  who: "test"
})

type Enqueue = (append: Append, settled: Settled) => void

type Outcome =
  | { readonly _tag: "Accepted"; readonly isRepeat: boolean }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Failed"; readonly failure: ActorUnavailable }

/** An instance of the actor `counter-1`; `enqueue` may stand between it and the journal. */
const instance = (
  aggregate: Aggregate.Aggregate<CounterAggregate> = CounterAggregate,
  through: (enqueue: Enqueue) => Enqueue = (enqueue) => enqueue
) =>
  Effect.map(Journal, (journal) => {
    const reports: Array<ActorBroken> = []
    const actor = new ActorInstance("1", "shard", 1, {
      definition: definitionOf(aggregate),
      journal: { ...actorJournal(journal, Effect.runFork), enqueue: through(journal.enqueue) },
      executor: { execute: () => undefined },
      owner: { isOwned: () => true, passivate: () => undefined },
      mailboxMax: 100,
      nowMs: () => 0,
      now: () => Timestamp.fromMillis(0),
      report: (failure) => void reports.push(failure)
    })
    const send = (
      count: number,
      id: string,
      isFirst: boolean,
      expected?: ReadonlyArray<number>
    ): Effect.Effect<Outcome> =>
      Effect.async((resume) => {
        const request = {
          command: Count.make({ count }),
          metadata: metadata(id),
          waitMs: 0,
          isFirst,
          expected
        }
        actor.handle(request, (reply) => {
          if (Either.isRight(reply)) {
            return resume(Effect.succeed({ _tag: "Accepted", isRepeat: reply.right.isRepeat }))
          }
          const { left } = reply
          if (left._tag === "Full") return resume(Effect.succeed({ _tag: "Refused" }))
          resume(Effect.succeed({ _tag: "Failed", failure: left }))
        })
      })
    return {
      reports,
      /** The committed total and version. */
      durable: Effect.async<{ readonly state: number | undefined; readonly version: number }>(
        (resume) =>
          actor.read(0, (reply) => {
            const { version, view } = Either.getOrThrow(reply)
            resume(Effect.succeed({ state: view, version }))
          })
      ),
      ask: (count: number, id: string, expected?: ReadonlyArray<number>) =>
        send(count, id, false, expected),
      /** A request with `isFirst`. */
      begin: (count: number, id: string) => send(count, id, true)
    }
  })

const accepted = { _tag: "Accepted", isRepeat: false } as const

const events = Effect.flatMap(Journal, (journal) => journal.readStream("counter-1", 0, 100))

const inMemory = <A, E>(test: Effect.Effect<A, E, Journal>) =>
  Effect.provide(test, JournalMemory.layer)

describe("an aggregate", () => {
  it.live("answers a repeated command without deciding again", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask } = yield* instance()
        assert.deepStrictEqual(yield* ask(3, "a"), accepted)
        assert.deepStrictEqual(yield* ask(3, "a"), { ...accepted, isRepeat: true })
        assert.strictEqual((yield* events).length, 1)
      })
    )
  )

  it.live("recognises a repeated command after it was forgotten and read again", () =>
    inMemory(
      Effect.gen(function* () {
        yield* (yield* instance()).ask(3, "a")
        const { ask, durable } = yield* instance()
        assert.deepStrictEqual(yield* ask(3, "a"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(yield* durable, { state: 3, version: 1 })
      })
    )
  )

  it.live("refuses a command for another version, and knows a processed one again", () =>
    inMemory(
      Effect.gen(function* () {
        const one = yield* instance()
        const other = yield* instance()
        yield* one.ask(1, "first")
        yield* other.ask(0, "read both")
        assert.deepStrictEqual(yield* one.ask(1, "second", [1]), accepted)
        // The other still believes in version 1: for a decision, and for doing nothing.
        for (const [count, id] of [
          [1, "late"],
          [0, "nothing"]
        ] as const) {
          const outcome = yield* other.ask(count, id, [1])
          assert.strictEqual(outcome._tag, "Failed")
          if (outcome._tag === "Failed") assert.deepInclude(outcome.failure, { version: 2 })
        }
        assert.deepStrictEqual(yield* one.ask(1, "second", [1]), { ...accepted, isRepeat: true })
        assert.strictEqual((yield* events).length, 2)
      })
    )
  )

  it.live("loses the race for a version, reads what the other wrote, and decides again", () =>
    inMemory(
      Effect.gen(function* () {
        const one = yield* instance()
        const other = yield* instance()
        yield* one.ask(1, "read both")
        yield* other.ask(0, "read both too")
        assert.deepStrictEqual(yield* one.ask(6, "one"), accepted)
        // The other still believes in a total of 1; together they would exceed ten.
        assert.deepStrictEqual(yield* other.ask(6, "other"), { _tag: "Refused" })
        assert.deepStrictEqual(
          (yield* events).map(({ version }) => version),
          [1, 2]
        )
      })
    )
  )

  it.live("is begun without reading first, and is then as if it had been read", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask, begin, durable } = yield* instance()
        const both = yield* Effect.all([begin(3, "a"), ask(4, "b")], { concurrency: 2 })
        assert.deepStrictEqual(both, [accepted, accepted])
        assert.deepStrictEqual(yield* ask(3, "a"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(yield* durable, { state: 7, version: 2 })
      })
    )
  )

  it.live("that was begun before is read after all, and nothing is decided twice", () =>
    inMemory(
      Effect.gen(function* () {
        yield* (yield* instance()).ask(6, "a")
        const again = yield* instance()
        assert.deepStrictEqual(yield* again.begin(6, "a"), { ...accepted, isRepeat: true })
        const refused = yield* instance()
        assert.strictEqual((yield* refused.begin(6, "b"))._tag, "Refused")
        const idle = yield* instance()
        assert.deepStrictEqual(yield* idle.begin(0, "c"), accepted)
        assert.deepStrictEqual(yield* idle.durable, { state: 6, version: 1 })
        assert.strictEqual((yield* events).length, 1)
      })
    )
  )

  it.live("decides many commands at once in order, and each exactly once", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask, durable } = yield* instance()
        const ids = Array.from({ length: 20 }, (_, n) => `c${n}`)
        const outcomes = yield* Effect.forEach(ids, (id) => ask(1, id), {
          concurrency: "unbounded"
        })
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Accepted").length, 10)
        assert.deepStrictEqual(yield* durable, { state: 10, version: 10 })
      })
    )
  )

  it.live("never lets a refusal rest on what was not committed", () =>
    inMemory(
      Effect.gen(function* () {
        // The first append is lost after the second command has been refused because of it.
        let isFirst = true
        const { ask } = yield* instance(CounterAggregate, (enqueue) => (append, settled) => {
          if (!isFirst) return enqueue(append, settled)
          isFirst = false
          append.session.isBroken = true
          setTimeout(() => settled(new JournalUnavailable({ cause: "lost" })), 20)
        })
        const [first, second] = yield* Effect.all([ask(10, "a"), ask(5, "b")], {
          concurrency: 2
        })
        assert.strictEqual(first._tag, "Failed")
        // It may be told to try again, but not that the counter was full.
        assert.notStrictEqual(second._tag, "Refused")
        assert.deepStrictEqual(yield* ask(5, "b"), accepted)
      })
    )
  )

  it.live("never lets a refusal, or that nothing is to be done, rest on an old past", () =>
    inMemory(
      Effect.gen(function* () {
        const one = yield* instance()
        const stale = yield* instance()
        yield* one.ask(9, "a")
        yield* stale.ask(0, "read nine")
        const undo = { ...CounterAggregate, decider: { ...decider, decide: () => minusFive } }
        const other = yield* instance(undo)
        yield* other.ask(0, "undo")
        // It still believes in nine; there are four, and the same command is accepted.
        assert.deepStrictEqual(yield* stale.ask(3, "b"), accepted)
        yield* one.ask(3, "c")
        assert.deepStrictEqual(yield* stale.ask(3, "c"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(yield* stale.durable, { state: 10, version: 4 })
      })
    )
  )

  it.live("refuses when what is newer in the journal is its own", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask } = yield* instance()
        yield* ask(9, "a")
        const outcomes = yield* Effect.all([ask(5, "b"), ask(1, "c"), ask(5, "d")], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          outcomes.map(({ _tag }) => _tag),
          ["Refused", "Accepted", "Refused"]
        )
      })
    )
  )

  it.live("survives a bug in one command, and goes on with the next", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask, durable } = yield* instance()
        yield* ask(2, "a")
        const broken = yield* ask(-1, "bug")
        assert.isTrue(broken._tag === "Failed" && broken.failure.reason === "defect")
        assert.deepStrictEqual(yield* ask(2, "b"), accepted)
        assert.deepStrictEqual(yield* durable, { state: 4, version: 2 })
      })
    )
  )

  it.live("says that it is broken when its past is not readable, and only it", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask } = yield* instance()
        yield* ask(1, "a")
        const other = yield* instance({ ...CounterAggregate, codec: unreadable })
        const broken = yield* other.ask(1, "unread")
        assert.isTrue(broken._tag === "Failed" && broken.failure.reason === "defect")
        assert.lengthOf(other.reports, 1)
        assert.deepStrictEqual(yield* ask(1, "b"), accepted)
      })
    )
  )

  it.live("replies whatever bug there is in its saga or its view, and reports it", () =>
    inMemory(
      Effect.gen(function* () {
        const bug = () => {
          throw new Error("a bug")
        }
        const reacting = yield* instance({
          ...CounterAggregate,
          saga: { resume: () => [], react: bug }
        })
        assert.deepStrictEqual(yield* reacting.ask(1, "a"), accepted)
        const resuming = yield* instance({
          ...CounterAggregate,
          saga: { resume: bug, react: () => [] }
        })
        assert.deepStrictEqual(yield* resuming.ask(1, "b"), accepted)
        const viewing = yield* instance({ ...CounterAggregate, viewOf: bug })
        const broken = yield* viewing.ask(1, "c")
        assert.isTrue(broken._tag === "Failed" && broken.failure.reason === "defect")
        for (const { reports } of [reacting, resuming, viewing]) assert.isNotEmpty(reports)
        assert.strictEqual((yield* events).length, 3)
      })
    )
  )
})
