/** The journal in Postgres on bad days: rivals, slow commits, lost connections, lost servers. */
import { assert, describe, it } from "@effect/vitest"
import { type Context, Duration, Effect, Fiber, Random, Redacted, Schedule } from "effect"
import { randomBytes } from "node:crypto"
import { Database } from "../../src/database/Database.ts"
import * as EmbeddedPostgres from "../../src/database/EmbeddedPostgres.ts"
import { freePort } from "../../src/database/FreePort.ts"
import * as Migrations from "../../src/database/Migrations.ts"
import * as Processes from "../../src/database/Processes.ts"
import * as ServerSession from "../../src/database/Session.ts"
import { type Position, type Recorded, Session } from "../../src/journal/Journal.ts"
import * as Embedded from "../support/Embedded.ts"
import { eventually } from "../support/Eventually.ts"
import * as TestPg from "../support/TestPg.ts"
import {
  append,
  attempt,
  attemptAll,
  enqueue,
  entry,
  type JournalService,
  outcomeOf,
  places,
  range,
  set,
  write
} from "./Appends.ts"
import * as Proxy from "./Proxy.ts"
import * as Shop from "./Shop.ts"

describe("the order of commits", () => {
  it.scopedLive("no reader misses an event, however long an append takes to commit", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const journal = yield* Shop.open(database)
      yield* write(journal, append("before", 0))
      const slow = yield* ServerSession.open(database.url, "a slow writer")
      yield* slow.run(`BEGIN; ${appendOne("slow")}`)

      const reader = yield* Effect.fork(follow(journal, 1_002))
      const waiting = range(1_000).map((index) => enqueue(journal, append(`fast-${index}`, 0)))
      yield* Effect.sleep("300 millis")
      assert.deepStrictEqual(places(yield* journal.readAll(0, 10)), ["before@1"])
      yield* slow.run("COMMIT")
      yield* Effect.all(waiting)

      const seen = yield* Fiber.join(reader)
      assert.deepStrictEqual(places(seen.slice(0, 2)), ["before@1", "slow@1"])
      assert.deepStrictEqual(seen, yield* journal.readAll(0, 2_000))
    })
  )

  it.scopedLive("an append that is rolled back leaves a gap that no reader waits for", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const journal = yield* Shop.open(database)
      const slow = yield* ServerSession.open(database.url, "a slow writer")
      yield* slow.run(`BEGIN; ${appendOne("slow")}`)
      const waiting = enqueue(journal, append("fast", 0))
      yield* slow.run("ROLLBACK")
      yield* waiting
      assert.deepStrictEqual(places(yield* follow(journal, 1)), ["fast@1"])
    })
  )
})

describe("rivals", () => {
  it.scopedLive("two writers on the same streams: every version has one winner", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const [one, other] = [yield* Shop.open(database), yield* Shop.open(database)]
      const books: ReadonlyArray<Shop.Book> = [new Map(), new Map()]
      const work = ["a-1", "a-2", "a-3"].flatMap((stream) => [
        Shop.appendTo(one, stream, 60, books[0]!, "one"),
        Shop.appendTo(other, stream, 60, books[1]!, "other")
      ])
      yield* Effect.all(work, { concurrency: "unbounded" })
      const all = new Map([...books[0]!, ...books[1]!])
      assert.isAbove([...all.values()].filter(([answer]) => answer === "failed").length, 0)
      Shop.audit(all, yield* one.readAll(0, 10_000))
    })
  )

  it.scopedLive("what the database refuses ends its own session only", () =>
    Effect.gen(function* () {
      const journal = yield* Shop.open(yield* TestPg.make())
      const session = new Session()
      const bad = [
        append("zero", 0, { session, entries: [entry("no \u0000 in a text")] }),
        append("zero", 1, { session }),
        append("line", 0, { entries: [entry("two\nlines")] }),
        append("two\nlines", 0, { entries: [entry("One"), entry("Two")] }),
        append("large", 2 ** 31),
        append(randomBytes(4_000).toString("hex"), 0)
      ]
      const good = range(40).map((index) => append(`good-${index}`, 0))
      const outcomes = yield* attemptAll(journal, [...good.slice(0, 20), ...bad, ...good.slice(20)])
      assert.deepStrictEqual(outcomes.slice(20, 26), [
        "JournalUnavailable",
        "VersionConflict",
        "JournalUnavailable",
        "JournalUnavailable",
        "JournalUnavailable",
        "JournalUnavailable"
      ])
      outcomes.splice(20, 6)
      assert.isTrue(outcomes.every((outcome) => outcome === "ok"))
      assert.strictEqual((yield* journal.readAll(0, 100)).length, 40)
    })
  )

  it.scopedLive("recorded events cannot be changed", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      yield* write(yield* Shop.open(database), append("a-1", 0))
      for (const change of [
        "UPDATE journal SET version = 2",
        "DELETE FROM journal",
        "TRUNCATE journal"
      ]) {
        const { code } = yield* Effect.flip(Embedded.run(database.url, change))
        assert.strictEqual(code, "42501", change)
      }
    })
  )
})

describe("one commit", () => {
  it.scopedLive("holds the events and their reminders", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const journal = yield* Shop.open(database)
      yield* attemptAll(journal, [append("a-1", 0, { reminders: [set(5_000)] }), append("a-2", 0)])
      const together = `SELECT count(DISTINCT xmin) || ' commit' FROM (
        SELECT xmin::text FROM journal UNION ALL SELECT xmin::text FROM reminder) AS rows`
      assert.strictEqual(yield* Embedded.ask(database.url, together), "1 commit")
      const inMs = `SELECT extract(epoch FROM due_at - recorded_at)::integer
        FROM reminder JOIN journal USING (stream)`
      assert.strictEqual(yield* Embedded.ask(database.url, inMs), "5")
    })
  )

  it.live("an orderly end writes what stands in line, and takes no more", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const open = Shop.open(database)
      const [journal, waiting] = yield* Effect.scoped(
        Effect.map(open, (journal) => {
          const appends = range(3_000).map((index) => enqueue(journal, append(`a-${index}`, 0)))
          return [journal, appends] as const
        })
      )
      assert.isTrue((yield* Effect.all(waiting)).every(({ _tag }) => _tag === "Right"))
      assert.strictEqual(yield* attempt(journal, append("late", 0)), "JournalUnavailable")
      assert.strictEqual((yield* (yield* open).readAll(0, 5_000)).length, 3_000)
    }).pipe(Effect.scoped)
  )
})

describe("a lost connection", () => {
  it.scopedLive("at any moment: success means there once, failure means not there", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const journal = yield* Shop.open(database)
      const book: Shop.Book = new Map()
      const killer = yield* ServerSession.open(database.url, "a killer")
      const kill = Effect.gen(function* () {
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 100))
        yield* killer.run(killWriters)
      })
      const killing = yield* Effect.fork(Effect.forever(kill))
      const work = range(8).map((index) => Shop.appendTo(journal, `a-${index}`, 80, book))
      yield* Effect.all(work, { concurrency: "unbounded" })
      yield* Fiber.interrupt(killing)
      Shop.audit(book, yield* journal.readAll(0, 10_000))
    })
  )

  it.scopedLive("before the commit: nothing of the old connection comes later", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const { journal, network } = yield* overNetwork(database)
      const slow = yield* ServerSession.open(database.url, "a slow writer")
      yield* slow.run(`BEGIN; ${appendOne("slow")}`)
      const waiting = enqueue(journal, append("a-1", 0))
      yield* eventually(Effect.map(pidsInLine(database), (pids) => pids !== ""))
      const before = yield* pidsInLine(database)
      network.cut()
      // The first is queued still, unless it was refused.
      yield* eventually(Effect.map(pidsInLine(database), (pids) => pids !== "" && pids !== before))
      yield* slow.run("COMMIT")
      assert.strictEqual(outcomeOf(yield* waiting), "ok")
      assert.deepStrictEqual(places(yield* journal.readAll(0, 10)), ["slow@1", "a-1@1"])
    })
  )

  it.scopedLive("after the commit: it is found, and not written again", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const { journal, network } = yield* overNetwork(database)
      yield* write(journal, append("a-1", 0))
      network.mute()
      const waiting = range(100).map((index) => enqueue(journal, append(`b-${index}`, 0)))
      const count = Embedded.ask(database.url, "SELECT count(*) FROM journal")
      yield* eventually(Effect.map(count, (count) => count === "101"))
      network.cut()
      assert.isTrue((yield* Effect.all(waiting)).every(({ _tag }) => _tag === "Right"))
      assert.strictEqual((yield* journal.readAll(0, 1_000)).length, 101)
    })
  )

  it.scopedLive("a statement that is canceled is sent again", () =>
    Effect.gen(function* () {
      const database = yield* TestPg.make()
      const journal = yield* Shop.open(database)
      const slow = yield* ServerSession.open(database.url, "a slow writer")
      yield* slow.run(`BEGIN; ${appendOne("slow")}`)
      const waiting = enqueue(journal, append("a-1", 0))
      yield* eventually(Effect.map(pidsInLine(database), (pids) => pids !== ""))
      yield* Embedded.run(
        database.url,
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE ${writers}`
      )
      yield* slow.run("COMMIT")
      assert.strictEqual(outcomeOf(yield* waiting), "ok")
    })
  )
})

describe("a lost server", () => {
  it.scopedLive("killed and stopped under load: nothing is lost, nothing is there twice", () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.dataDir
      const { url } = yield* EmbeddedPostgres.start({ dataDir })
      const database = { kind: "embedded", url, lost: Effect.never } as const
      yield* Effect.provideService(Migrations.apply(Migrations.folder), Database, database)
      const journal = yield* Shop.open(database)
      const book: Shop.Book = new Map()
      const end = (signal: NodeJS.Signals) =>
        Effect.gen(function* () {
          yield* Effect.sleep("700 millis")
          Processes.signal(yield* Effect.orDie(Embedded.serverIn(dataDir)), signal)
          yield* Effect.sleep("300 millis")
          yield* Effect.retry(Embedded.ask(url, "1"), Schedule.spaced("50 millis"))
        })
      const ending = yield* Effect.fork(
        Effect.forEach(["SIGKILL", "SIGINT", "SIGQUIT"] as const, end)
      )
      const work = range(8).map((index) =>
        Effect.repeat(Shop.appendTo(journal, `a-${index}`, 20, book), {
          until: () => ending.unsafePoll() !== null
        })
      )
      yield* Effect.all(work, { concurrency: "unbounded" })
      yield* Fiber.join(ending)
      Shop.audit(book, yield* journal.readAll(0, 100_000))
    })
  )

  it.scopedLive("away for long: appends wait ten seconds, and later ones not at all", () =>
    Effect.gen(function* () {
      const url = Redacted.make(`postgres://unknown@127.0.0.1:${yield* freePort}/nothing`)
      const journal = yield* Shop.open({ kind: "external", url, lost: Effect.never })
      const [tookMs, outcome] = yield* timed(attempt(journal, append("a-1", 0)))
      assert.strictEqual(outcome, "JournalUnavailable")
      assert.isTrue(tookMs > 8_000 && tookMs < 20_000, `${tookMs} ms`)
      const [thenMs, then] = yield* timed(attempt(journal, append("a-2", 0)))
      assert.strictEqual(then, "JournalUnavailable")
      assert.isBelow(thenMs, 2_000)
    })
  )
})

type DatabaseService = Context.Tag.Service<Database>

const timed = <A>(effect: Effect.Effect<A>) =>
  Effect.map(Effect.timed(effect), ([took, value]) => [Duration.toMillis(took), value] as const)

/** Reads with a plain cursor, in small pages and without a pause, until it has so many. */
const follow = (journal: JournalService, count: number) =>
  Effect.gen(function* () {
    const seen: Array<Recorded> = []
    let cursor: Position = 0
    while (seen.length < count) {
      const page = yield* journal.readAll(cursor, 7)
      seen.push(...page)
      cursor = page.at(-1)?.position ?? cursor
    }
    return seen
  })

/** What another process does that appends one event. */
const appendOne = (stream: string) => `
  SELECT journal_append(gen_random_uuid(), '${stream}', '{1}', 'Happened', '{1}', '{}',
    '{"commandId":"slow","correlationId":"","causationId":"","who":""}', '', '{}',
    '', '', '{}', '{}', '', '')`

const writers = "application_name LIKE 'souk journal ________-%' AND datname = current_database()"

const killWriters = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${writers}`

/** The writers that wait for the append lock. */
const pidsInLine = ({ url }: DatabaseService) =>
  Embedded.ask(
    url,
    `SELECT coalesce(string_agg(pid::text, ' ' ORDER BY pg_stat_activity.pid), '')
      FROM pg_stat_activity WHERE ${writers} AND wait_event = 'advisory'`
  )

/** A journal whose connections can be cut. */
const overNetwork = Effect.fnUntraced(function* (database: DatabaseService) {
  const address = new URL(Redacted.value(database.url))
  const network = yield* Proxy.make(new URL(address))
  address.hostname = "127.0.0.1"
  address.port = String(network.port)
  const journal = yield* Shop.open({ ...database, url: Redacted.make(address.href) })
  return { journal, network }
})
