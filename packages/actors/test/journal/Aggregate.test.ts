/** What an aggregate promises, whoever else writes to its stream and whatever fails beneath it. */
import { assert, describe, it } from "@effect/vitest"
import { accept, type Decider, refuse } from "@souk/domain/kernel/Decider"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as EventCodec from "@souk/domain/kernel/EventCodec"
import * as Saga from "@souk/domain/kernel/Saga"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Effect, Option, Schema } from "effect"
import { Aggregate } from "../../src/journal/Aggregate.ts"
import type { Behaviour, Outcome } from "../../src/journal/Behaviour.ts"
import {
  type Append,
  type AppendFailure,
  Journal,
  JournalUnavailable
} from "../../src/journal/Journal.ts"
import * as JournalMemory from "../support/JournalMemory.ts"

const Counted = Schema.TaggedStruct("Counted", { by: Schema.Int })
type Counted = typeof Counted.Type
type Command = { readonly count: number }
type Settled = (failure: AppendFailure | undefined) => void

/** Counts up to ten; a negative number is a bug. */
const decider: Decider<number, Command, Counted, "full"> = {
  initial: 0,
  decide: (total, { count }) => {
    if (count < 0) throw new Error("a bug")
    if (count === 0) return accept()
    return total + count > 10 ? refuse("full") : accept({ _tag: "Counted", by: count })
  },
  evolve: (total, { by }) => total + by,
  isTerminal: () => false
}

const minusFive = accept<Counted>({ _tag: "Counted", by: -5 })

const behaviour: Behaviour<number, Command, Counted, "full", never> = {
  decider,
  saga: Saga.none,
  codec: EventCodec.make(Counted),
  reminders: () => ({}),
  decodeSnapshot: Schema.decodeUnknownSync(Schema.Int)
}

/** A program that no longer knows what was counted. */
const unreadable: EventCodec.EventCodec<Counted> = {
  ...behaviour.codec,
  decode: (recorded) => {
    throw new EventCodec.UnreadableEvent(recorded, "for a test")
  }
}

const metadata = (id: string): Metadata => ({
  commandId: CommandId.make(id),
  correlationId: "test",
  causationId: "test",
  who: "test"
})

type Enqueue = (append: Append, settled: Settled) => void

/** An instance of the actor `counter-1`; `enqueue` may stand between it and the journal. */
const instance = (
  mind = behaviour,
  through: (enqueue: Enqueue) => Enqueue = (enqueue) => enqueue
) =>
  Effect.map(Journal, (journal) => {
    const aggregate = new Aggregate("counter-1", mind, {
      now: () => Timestamp.fromMillis(0),
      enqueue: through(journal.enqueue),
      load: (done) =>
        Effect.runFork(Effect.map(Effect.either(journal.load("counter-1", Option.none())), done)),
      has: (id, done) =>
        Effect.runFork(Effect.map(Effect.either(journal.has("counter-1", id)), done)),
      hasNewer: (after, done) => journal.hasNewer("counter-1", after, done),
      perform: () => undefined,
      committed: () => undefined
    })
    const send = (
      count: number,
      id: string,
      isFirst: boolean,
      expected?: ReadonlyArray<number>
    ): Effect.Effect<Outcome<"full">> =>
      Effect.async((resume) => {
        const told = (outcome: Outcome<"full">) => resume(Effect.succeed(outcome))
        aggregate.handle({ count }, metadata(id), told, { isFirst, expected })
      })
    return {
      aggregate,
      ask: (count: number, id: string, expected?: ReadonlyArray<number>) =>
        send(count, id, false, expected),
      /** As one asks who believes that nobody has asked before. */
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
        const { aggregate, ask } = yield* instance()
        assert.deepStrictEqual(yield* ask(3, "a"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(aggregate.durable, { state: 3, version: 1 })
      })
    )
  )

  it.live("does at another version nothing of what was meant for one, whoever knows of it", () =>
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
        assert.deepStrictEqual(yield* other.ask(6, "other"), {
          _tag: "Refused",
          rejection: "full"
        })
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
        const { aggregate, ask, begin } = yield* instance()
        const both = yield* Effect.all([begin(3, "a"), ask(4, "b")], { concurrency: 2 })
        assert.deepStrictEqual(both, [accepted, accepted])
        assert.deepStrictEqual(yield* ask(3, "a"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(aggregate.durable, { state: 7, version: 2 })
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
        assert.deepStrictEqual(idle.aggregate.durable, { state: 6, version: 1 })
        assert.strictEqual((yield* events).length, 1)
      })
    )
  )

  it.live("decides many commands at once in order, and each exactly once", () =>
    inMemory(
      Effect.gen(function* () {
        const { aggregate, ask } = yield* instance()
        const ids = Array.from({ length: 20 }, (_, n) => `c${n}`)
        const outcomes = yield* Effect.forEach(ids, (id) => ask(1, id), {
          concurrency: "unbounded"
        })
        assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Accepted").length, 10)
        assert.deepStrictEqual(aggregate.durable, { state: 10, version: 10 })
      })
    )
  )

  it.live("never lets a refusal rest on what was not committed", () =>
    inMemory(
      Effect.gen(function* () {
        // The first append is lost after the second command has been refused because of it.
        let isFirst = true
        const { ask } = yield* instance(behaviour, (enqueue) => (append, settled) => {
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
        const undo = { ...behaviour, decider: { ...decider, decide: () => minusFive } }
        const other = yield* instance(undo)
        yield* other.ask(0, "undo")
        // It still believes in nine; there are four, and the same command is accepted.
        assert.deepStrictEqual(yield* stale.ask(3, "b"), accepted)
        yield* one.ask(3, "c")
        assert.deepStrictEqual(yield* stale.ask(3, "c"), { ...accepted, isRepeat: true })
        assert.deepStrictEqual(stale.aggregate.durable, { state: 10, version: 4 })
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
        const { aggregate, ask } = yield* instance()
        yield* ask(2, "a")
        const broken = yield* ask(-1, "bug")
        assert.isTrue(broken._tag === "Failed" && broken.failure._tag === "ActorBroken")
        assert.deepStrictEqual(yield* ask(2, "b"), accepted)
        assert.deepStrictEqual(aggregate.durable, { state: 4, version: 2 })
      })
    )
  )

  it.live("says that it is broken when its past is not readable, and only it", () =>
    inMemory(
      Effect.gen(function* () {
        const { ask } = yield* instance()
        yield* ask(1, "a")
        const other = yield* instance({ ...behaviour, codec: unreadable })
        const failure = yield* Effect.async<string>((resume) =>
          other.aggregate.settled((failure) => resume(Effect.succeed(failure?._tag ?? "none")))
        )
        assert.strictEqual(failure, "ActorBroken")
        assert.deepStrictEqual(yield* ask(1, "b"), accepted)
      })
    )
  )
})
