/** The journal verifier: accepts the journal of a shop, and finds every manipulation. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { decider, snapshotVersion, Stock } from "@souk/domain/inventory/Stock"
import { canonical } from "@souk/domain/kernel/Text"
import { fold } from "@souk/domain/kernel/Decider"
import { CommandId, Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { TestShop } from "@souk/domain/testing"
import type { JournalRow, Snapshot } from "@souk/http/journal/JournalApi"
import { Schema } from "effect"
import { JournalVerifier, type Mark } from "../src/journal/JournalVerifier.ts"

const at = fromMillis(1_700_000_000_000)

interface Told {
  readonly _tag: string
}

/** Two orders in a shop, of which one is refunded and one is cancelled. */
const shop = new TestShop({ "MUG-1": 5 })
const kept = shop.buy({ "MUG-1": 2 })
const declined = shop.buy({ "MUG-1": 1 }, { declines: "expired_card" })
shop.settle()

const streams: ReadonlyArray<readonly [stream: string, events: ReadonlyArray<Told>]> = [
  ["inventory-MUG-1", shop.stock(Sku.make("MUG-1")).journal],
  ...[kept, declined].flatMap((id) => [
    [`order-${id}`, shop.order(id).journal] as const,
    [`payment-${id}`, shop.payment(id).journal] as const
  ])
]

/** All streams, one event of each in turn, as the export gives them. */
const journal: ReadonlyArray<JournalRow> = Array.from(
  { length: Math.max(...streams.map(([, events]) => events.length)) },
  (_, index) =>
    streams.flatMap(([stream, events]) => {
      const event = events[index]
      return event === undefined ? [] : [{ stream, version: index + 1, event }]
    })
)
  .flat()
  .map(({ event: { _tag, ...payload }, stream, version }, index) => ({
    position: (index + 1) * 2,
    stream,
    version,
    type: _tag,
    schemaVersion: 1,
    payload,
    metadata: {
      commandId: CommandId.make(`${stream}/${version}`),
      correlationId: stream,
      causationId: "test",
      who: "test"
    },
    recordedAt: at
  }))

interface Options {
  readonly snapshots?: ReadonlyArray<Snapshot>
  readonly against?: Mark
  readonly followersAtOnce?: number
}

/** Reads as the command does, in as many passes as the verifier needs. */
const audit = (rows: ReadonlyArray<JournalRow>, options: Options = {}) => {
  const { against, followersAtOnce, snapshots = [] } = options
  const book = new JournalVerifier(snapshots, against, followersAtOnce)
  for (const row of rows) book.add(row)
  let readings = 1
  for (; book.again.size > 0; readings++) {
    const wanted = book.readAgain()
    for (const row of rows) if (wanted.has(row.stream)) book.addAgain(row)
  }
  book.end()
  return { book, readings }
}

const problemsIn = (rows: ReadonlyArray<JournalRow>, options?: Options) =>
  audit(rows, options).book.findings.map(({ detail, problem }) => `${problem}: ${detail}`)

/** The journal with one row changed. */
const changed = (isIt: (row: JournalRow) => boolean, change: (row: JournalRow) => JournalRow) => {
  const found = journal.findIndex(isIt)
  assert.isAtLeast(found, 0)
  return journal.map((row, index) => (index === found ? change(row) : row))
}

const ofType = (type: string) => (row: JournalRow) => row.type === type

const stockEvents = shop.stock(Sku.make("MUG-1")).journal

const snapshotAt = (version: number, change: object = {}): Snapshot => {
  const state = fold(decider, decider.initial, stockEvents.slice(0, version))
  const encoded = Schema.encodeSync(Stock)(state)
  const schemaVersion = snapshotVersion
  return { stream: "inventory-MUG-1", version, schemaVersion, state: { ...encoded, ...change } }
}

describe("a consistent journal", () => {
  it("has no findings, and is counted", () => {
    const { book } = audit(journal)
    assert.deepStrictEqual(book.findings, [])
    assert.strictEqual(book.events, journal.length)
    assert.deepStrictEqual(Object.fromEntries(book.streamsByRoom), {
      inventory: 1,
      order: 2,
      payment: 2
    })
  })

  it("has no findings with any number of streams in memory, in more passes", () => {
    for (const followersAtOnce of [1, 2, 4]) {
      const { book, readings } = audit(journal, { followersAtOnce })
      assert.deepStrictEqual(book.findings, [])
      assert.isAbove(readings, 1)
    }
  })

  it("has the same digest for the same beginning, and another otherwise", () => {
    const half = audit(journal.slice(0, 9)).book.mark
    assert.deepStrictEqual(problemsIn(journal, { against: half }), [])
    const later = changed(
      ({ position }) => position > half.position,
      (row) => ({
        ...row,
        recordedAt: fromMillis(0)
      })
    )
    assert.deepStrictEqual(problemsIn(later, { against: half }), [])
    const earlier = changed(ofType("StockReceived"), (row) => ({
      ...row,
      metadata: { ...row.metadata, who: "another principal" }
    }))
    assert.deepStrictEqual(problemsIn(earlier, { against: half }), [
      "prefix: the events up to here are not what they were"
    ])
    const whole = audit(journal).book.mark
    assert.include(
      problemsIn(journal.slice(0, 9), { against: whole }).join(),
      "prefix: the journal"
    )
    assert.include(
      problemsIn(
        journal.filter(({ version }) => version !== 2),
        { against: whole }
      ).join(),
      "events up to here, and once there were"
    )
  })

  it("has the same digest after events were renamed, because the bytes stay", () => {
    const old: ReadonlyMap<string, string> = new Map([
      ["OrderStepCompensated", "OrderStepUndone"],
      ["OrderLineOutOfStock", "OrderLineRefused"]
    ])
    const before = journal.map((row) => ({ ...row, type: old.get(row.type) ?? row.type }))
    const renamed = journal.map((row) => {
      const storedType = old.get(row.type)
      return storedType === undefined ? row : { ...row, storedType }
    })
    assert.isNotEmpty(renamed.filter((row) => "storedType" in row))
    const lines = before.map((row) => `${canonical(row)}\n`).join("")
    const sha256 = createHash("sha256").update(lines).digest("hex")
    const mark = { position: before.at(-1)!.position, events: before.length, sha256 }
    assert.deepStrictEqual(problemsIn(renamed, { against: mark }), [])
    assert.deepStrictEqual(audit(renamed).book.mark, mark)
    // As the export of a program that knows no present names, read by one that does.
    assert.deepStrictEqual(problemsIn(before, { against: mark }), [])
    assert.isNotEmpty(problemsIn(journal, { against: mark }))
  })

  it("has snapshots equal to its events, with holds in any order", () => {
    for (let version = 1; version <= stockEvents.length; version++) {
      const { book } = audit(journal, { snapshots: [snapshotAt(version)] })
      assert.deepStrictEqual([book.findings, book.snapshotsChecked], [[], 1])
    }
  })
})

describe("an inconsistent journal", () => {
  it("is found by a position that does not rise, and a version that is missing or repeated", () => {
    const [first, ...rest] = journal
    assert.deepStrictEqual(problemsIn([first!, { ...rest[0]!, position: first!.position }]), [
      `position: follows position ${first!.position}`
    ])
    const last = journal.findLast(ofType("StockCommitted"))!
    const hole = changed(
      (row) => row === last,
      (row) => ({ ...row, version: row.version + 1 })
    )
    assert.include(problemsIn(hole).join(), `version: is not version ${last.version}`)
    const twice = [...journal, { ...last, position: 1_000_000 }]
    assert.include(problemsIn(twice).join(), "version: is not version")
  })

  it("is found by a command that had its effect twice, and not by one with two events", () => {
    const [first] = journal
    const more = (version: number, commandId: CommandId, ms: number): JournalRow => ({
      ...first!,
      position: 1_000_000 + version,
      version,
      metadata: { ...first!.metadata, commandId },
      recordedAt: fromMillis(ms)
    })
    const length = stockEvents.length
    const command = CommandId.make("two events")
    const commit = [more(length + 1, command, 5), more(length + 2, command, 5)]
    assert.deepStrictEqual(problemsIn([...journal, ...commit]), [])
    const again = [...commit, more(length + 3, command, 6)]
    assert.deepStrictEqual(problemsIn([...journal, ...again]), [
      "command: two events has had its effect on this stream before"
    ])
    const old = [...journal, more(length + 1, first!.metadata.commandId, 5)]
    assert.include(problemsIn(old).join(), "command: inventory-MUG-1/1 has had")
  })

  it("is found by an event that cannot be read, does not follow, or is of no room", () => {
    const { price: _, ...row } = { price: 0, ...journal[0]! }
    assert.include(
      problemsIn([{ ...row, type: "StockVanished" }]).join(),
      "StockVanished is no event"
    )
    assert.include(problemsIn([{ ...row, schemaVersion: 2 }]).join(), "reads versions 1 to 1")
    assert.include(problemsIn([{ ...row, stream: "gift-1" }]).join(), "room: no verifier")
    const early = changed(ofType("OrderPlaced"), (row) => ({
      ...row,
      type: "OrderDelivered",
      payload: { deliveredAt: at, at }
    }))
    assert.include(problemsIn(early).join(), "event: does not follow from what was before")
  })

  it("is found by stock that was sold without being there, also in a later reading", () => {
    const received = changed(ofType("StockReceived"), (row) => ({
      ...row,
      payload: { ...row.payload, quantity: 1 }
    }))
    assert.include(problemsIn(received).join(), "event: does not follow")
    assert.include(problemsIn(received, { followersAtOnce: 1 }).join(), "event: does not follow")
    const adjusted: JournalRow = {
      ...journal[0]!,
      type: "StockAdjusted",
      payload: { sku: "MUG-1", delta: -1, reason: "lost", at }
    }
    assert.include(problemsIn([adjusted]).join(), "0 held of -1 after StockAdjusted")
  })

  it("is found by money that was given back without having been taken", () => {
    const refund = { _tag: "PaymentRefunded", refundId: "re_0000000000000001", reference: "x", at }
    const { _tag, ...payload } = refund
    const version = shop.payment(kept).journal.length + 1
    const forged: JournalRow = {
      ...journal[0]!,
      position: 1_000_000,
      stream: `payment-${kept}`,
      version,
      type: _tag,
      payload
    }
    assert.isNotEmpty(problemsIn([...journal, forged]))
  })

  it("is found by a snapshot that says something else, or of what is not there", () => {
    const version = stockEvents.length
    const wrong = snapshotAt(version, { onHand: 99 })
    assert.deepStrictEqual(problemsIn(journal, { snapshots: [wrong] }), [
      "snapshot: the snapshot of this version says otherwise"
    ])
    const early = { ...snapshotAt(version), version: version + 1 }
    assert.include(problemsIn(journal, { snapshots: [early] }).join(), "snapshot: a snapshot of")
    const other = { ...wrong, schemaVersion: snapshotVersion + 1 }
    assert.deepStrictEqual(problemsIn(journal, { snapshots: [other] }), [])
  })
})
