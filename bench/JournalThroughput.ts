/**
 * Prints how many events a second the journal alone takes, and what one costs this process:
 * `node --conditions=@souk/source --import tsx bench/JournalThroughput.ts`, on the server at
 * SOUK_DATABASE_URL, or else on an embedded one in a temporary directory.
 */
import * as Database from "@souk/actors/database/Database"
import * as Migrations from "@souk/actors/database/Migrations"
import { type Append, Journal, Session } from "@souk/actors/journal/Journal"
import * as JournalPg from "@souk/actors/journal/JournalPg"
import { CommandId } from "@souk/domain/kernel/Ids"
import { streamId } from "@souk/domain/kernel/Aggregate"
import {
  ConfigProvider,
  type Context,
  Duration,
  Effect,
  Layer,
  Logger,
  LogLevel,
  Option
} from "effect"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

type JournalService = Context.Tag.Service<Journal>

/** How many callers work at a time, each waiting for one append or load before the next. */
const callers = 64

const rounds = 3
const millisecondsEach = 5_000
const loads = 20_000

/** Streams of so many appends, like those of an order. */
const appendsOfStream = 8

const payload = {
  orderId: "ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f",
  sku: "SKU-0077",
  quantity: 2,
  reservationId: "ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f/SKU-0077",
  unitPrice: { amountMinor: 1_250, currency: "EUR" },
  total: { amountMinor: 2_500, currency: "EUR" },
  at: "2025-01-01T12:00:00.000Z"
}

const metadata = {
  commandId: CommandId.make("ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f/reserve/SKU-0077"),
  correlationId: "ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f",
  causationId: "ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f/place",
  who: "order:ord_0190f3c9a1b27c3d8e4f5a6b7c8d9e0f"
}

const entries = [{ type: "StockReserved", schemaVersion: 1, payload, metadata }] as const

const name = "saga"

const remindersAt = (version: number): Append["reminders"] => {
  if (version === 0) return [{ _tag: "Set", name, due: { inMs: 60_000 } }]
  return version === appendsOfStream - 1 ? [{ _tag: "Clear", name }] : []
}

/** One caller: append after append, stream after stream. */
const call = (journal: JournalService, until: number, stop: (events: number) => void) => {
  let events = 0
  const begin = () => append(new Session(), streamId("order", randomUUID()), 0)
  const append = (session: Session, stream: string, expected: number) => {
    const reminders = remindersAt(expected)
    journal.enqueue({ session, stream, expected, entries, reminders }, (failure) => {
      if (failure !== undefined) throw failure
      events++
      if (performance.now() >= until) stop(events)
      else if (expected + 1 === appendsOfStream) begin()
      else append(session, stream, expected + 1)
    })
  }
  begin()
}

const appendAll = (journal: JournalService) =>
  Effect.async<number>((resume) => {
    const until = performance.now() + millisecondsEach
    let running = callers
    let total = 0
    const stop = (events: number) => {
      total += events
      if (--running === 0) resume(Effect.succeed(total))
    }
    for (let caller = 0; caller < callers; caller++) call(journal, until, stop)
  })

/** Actors wake up, most of them new. */
const loadAll = (journal: JournalService) =>
  Effect.forEach(Array(loads).keys(), () => journal.load(randomUUID(), Option.some(1)), {
    concurrency: callers
  }).pipe(Effect.map(({ length }) => length))

const measure = <E>(what: string, work: Effect.Effect<number, E>) =>
  Effect.gen(function* () {
    const cpu = process.cpuUsage()
    const [took, count] = yield* Effect.timed(work)
    const { system, user } = process.cpuUsage(cpu)
    const perSecond = Math.round(count / (Duration.toMillis(took) / 1_000))
    const cost = ((system + user) / count).toFixed(1)
    console.log(`${perSecond} ${what}/s, ${cost} µs of this process each`)
  })

const main = Effect.gen(function* () {
  const journal = yield* Journal
  yield* appendAll(journal)
  for (let round = 0; round < rounds; round++) {
    let commits = 0
    const stop = journal.onCommitted(() => commits++)
    yield* measure("events", appendAll(journal))
    console.log(`  in ${Math.round((commits / millisecondsEach) * 1_000)} commits/s`)
    stop()
  }
  yield* measure("loads", loadAll(journal))
})

const dataDir = mkdtempSync(join(tmpdir(), "souk-throughput-"))

const config = ConfigProvider.fromMap(new Map([["SOUK_DATA_DIR", dataDir]])).pipe(
  ConfigProvider.orElse(ConfigProvider.fromEnv)
)

const layer = JournalPg.layer.pipe(
  Layer.provide(Migrations.layer),
  Layer.provide(Database.layer),
  Layer.provide(Layer.setConfigProvider(config))
)

await Effect.runPromise(
  main.pipe(Effect.provide(layer), Logger.withMinimumLogLevel(LogLevel.Warning))
).finally(() => rmSync(dataDir, { recursive: true, force: true }))
