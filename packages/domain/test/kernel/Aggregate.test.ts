/** An aggregate as one value: its streams, its codec over every version and name, its fold. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import * as Aggregate from "../../src/kernel/Aggregate.ts"
import { accept, type Decider, noSaga } from "../../src/kernel/Decider.ts"
import { type StoredEvent, UnreadableEvent } from "../../src/kernel/EventCodec.ts"
import { CommandId, Sku } from "../../src/kernel/Ids.ts"
import type { Metadata } from "../../src/kernel/Metadata.ts"
import { fromMillis } from "../../src/kernel/Timestamp.ts"

const Measured = Schema.TaggedStruct("Measured", { millimetres: Schema.Int, by: Schema.String })
const Cleared = Schema.TaggedStruct("Cleared", {})
const Event = Schema.Union(Measured, Cleared)
type Event = typeof Event.Type
const Measure = Schema.TaggedStruct("Measure", { millimetres: Schema.Int })
const TooLong = Schema.TaggedStruct("TooLong", {})
const Total = Schema.Struct({ sku: Sku, total: Schema.Int })

const decider: Decider<number, typeof Measure.Type, Event, typeof TooLong.Type> = {
  initial: 0,
  decide: (_total, { millimetres }) => accept({ _tag: "Measured", millimetres, by: "test" }),
  evolve: (total, event) => (event._tag === "Cleared" ? 0 : total + event.millimetres),
  isTerminal: () => false
}

/** Version 1 was in centimetres, version 2 did not say by whom; once it was called a reading. */
const definition = {
  category: "length",
  id: Sku,
  command: Measure,
  event: Event,
  rejection: TooLong,
  view: Total,
  decider,
  saga: noSaga,
  viewOf: (total: number, sku: Sku) => Option.some({ sku, total }),
  upcasts: {
    Measured: [
      (payload: object) => ({ millimetres: Reflect.get(payload, "centimetres") * 10 }),
      (payload: object) => ({ ...payload, by: "somebody" })
    ]
  },
  aliases: { ReadingTaken: "Measured" }
} as const

const Length = Aggregate.define(definition)

const metadata: Metadata = {
  commandId: CommandId.make("one"),
  correlationId: "test",
  causationId: "test",
  who: "test"
}

const stored = (type: string, schemaVersion: number, payload: object): StoredEvent => ({
  stream: "length-A",
  version: 1,
  type,
  schemaVersion,
  payload
})

const measured: Event = { _tag: "Measured", millimetres: 50, by: "somebody" }

describe("the codec of an aggregate", () => {
  it("writes the present name and version, and the payload without its tag", () => {
    assert.deepStrictEqual(Length.codec.encode(measured, metadata), {
      type: "Measured",
      schemaVersion: 3,
      payload: { millimetres: 50, by: "somebody" },
      metadata
    })
    assert.strictEqual(Length.codec.encode({ _tag: "Cleared" }, metadata).schemaVersion, 1)
    assert.deepStrictEqual(
      [...Length.codec.versions],
      [
        ["Measured", 3],
        ["Cleared", 1]
      ]
    )
  })

  it("reads every version under every name, trusted or not, as the same event", () => {
    const versions = [{ centimetres: 5 }, { millimetres: 50 }, { millimetres: 50, by: "somebody" }]
    for (const type of ["Measured", "ReadingTaken"]) {
      for (const [index, payload] of versions.entries()) {
        const row = stored(type, index + 1, payload)
        assert.deepStrictEqual(Length.codec.decode(row), measured)
        assert.deepStrictEqual(Length.codec.decodeTrusted(row), measured)
      }
    }
  })

  it("does not read an unknown type or version, or a damaged payload", () => {
    const { decode, decodeTrusted } = Length.codec
    const unknown = stored("Weighed", 1, {})
    const newer = stored("Measured", 4, { millimetres: 50, by: "somebody" })
    const old = stored("Cleared", 0, {})
    for (const row of [unknown, newer, old]) {
      assert.throws(() => decode(row), UnreadableEvent)
      assert.throws(() => decodeTrusted(row), UnreadableEvent)
    }
    assert.throws(() => decode(newer), /versions 1 to 3/)
    const damaged = stored("Measured", 3, { millimetres: "far", by: "somebody" })
    assert.throws(
      () => decode(damaged),
      /length-A@1 \(Measured v3\) is not readable: .*millimetres/s
    )
  })

  it("validates what an aggregate decides by, and not what a read model is rebuilt from", () => {
    const unchecked = stored("Measured", 3, { millimetres: 0.5, by: "somebody" })
    assert.throws(() => Length.codec.decode(unchecked), UnreadableEvent)
    assert.deepInclude(Length.codec.decodeTrusted(unchecked), { millimetres: 0.5 })
  })

  it("cannot be defined with an alias or an upcast of an event that it does not have", () => {
    const wrong = [
      { aliases: { Measured: "Cleared" } },
      { aliases: { Old: "Gone" } },
      { upcasts: { Gone: [] } }
    ]
    for (const part of wrong) {
      // As from a program that the compiler has not seen.
      assert.throws(() => Reflect.apply(Aggregate.define, undefined, [{ ...definition, ...part }]))
    }
  })
})

describe("the streams of an aggregate", () => {
  it("are named by category and id, and an id is read from those of its category alone", () => {
    const sku = Sku.make("A-1-B")
    assert.strictEqual(Length.streamId(sku), "length-A-1-B")
    assert.deepStrictEqual(Length.idOf("length-A-1-B"), Option.some(sku))
    for (const stream of ["width-A", "length", "length-", "length-not a SKU", "lengthy-A"]) {
      assert.deepStrictEqual(Length.idOf(stream), Option.none(), stream)
    }
  })

  it("are folded event by event, up to one that cannot be read", () => {
    const replay = Length.replay()
    assert.deepStrictEqual(replay.next(stored("ReadingTaken", 1, { centimetres: 5 })), measured)
    replay.next(stored("Measured", 2, { millimetres: 1 }))
    assert.strictEqual(replay.state, 51)
    assert.throws(() => replay.next(stored("Weighed", 1, {})), UnreadableEvent)
    assert.strictEqual(replay.state, 51)
    assert.strictEqual(Length.replay().state, 0)
    const view = Length.viewOf(replay.state, Sku.make("A"), fromMillis(0))
    assert.deepStrictEqual(view, Option.some({ sku: Sku.make("A"), total: 51 }))
  })
})
