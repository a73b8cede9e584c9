/**
 * Prints how many events a second the journal takes, and what one costs:
 * `node --conditions=@souk/source --import tsx packages/actors/test/journal/Throughput.ts`,
 * on the server at SOUK_DATABASE_URL, or on an embedded one in a temporary directory.
 */
import { ConfigProvider, Effect, Layer, Logger, LogLevel, Option } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Database from "../../src/database/Database.ts"
import * as Migrations from "../../src/database/Migrations.ts"
import { Journal, Session } from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import { append, entry, type JournalService, range } from "./Appends.ts"

/** How many callers append at a time, each waiting for one append before the next. */
const callers = 64

const secondsEach = 5

/** Streams of this many appends, like those of an order. */
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

/** One caller: a stream after the other, an append after the other. Calls `stop` at the end. */
const call = (
  journal: JournalService,
  name: string,
  until: number,
  stop: (events: number) => void
) => {
  let [events, stream, version] = [0, 0, 0]
  let session = new Session()
  const next = () => {
    if (performance.now() >= until) return stop(events)
    if (version >= appendsOfStream) {
      stream++
      version = 0
      session = new Session()
    }
    const entries = [entry("StockReserved", payload, `${name}/${stream}/${version}`)] as const
    const due =
      version === 0
        ? ({ _tag: "In", inMs: 60_000 } as const)
        : version === appendsOfStream - 1
          ? ({ _tag: "Done" } as const)
          : ({ _tag: "Keep" } as const)
    journal.enqueue(
      append(`order-${name}-${stream}`, version, { session, entries, due }),
      (failure) => {
        if (failure !== undefined) throw failure
        events++
        version++
        next()
      }
    )
  }
  next()
}

const run = (journal: JournalService, name: string) =>
  Effect.async<number>((resume) => {
    const until = performance.now() + secondsEach * 1_000
    let [running, events] = [callers, 0]
    for (const index of range(callers)) {
      call(journal, `${name}-${index}`, until, (count) => {
        events += count
        if (--running === 0) resume(Effect.succeed(events))
      })
    }
  })

const measure = Effect.gen(function* () {
  const journal = yield* Journal
  yield* run(journal, "warm")
  for (const round of range(3)) {
    let commits = 0
    const stop = journal.onCommitted(() => commits++)
    const before = process.cpuUsage()
    const started = performance.now()
    const events = yield* run(journal, `round-${round}`)
    const seconds = (performance.now() - started) / 1_000
    const { system, user } = process.cpuUsage(before)
    stop()
    console.log(
      `${Math.round(events / seconds)} events/s, ${Math.round(commits / seconds)} commits/s, ` +
        `${((user + system) / events).toFixed(1)} µs of this process an event`
    )
  }
  yield* measureLoads(journal)
})

/** As many actors wake up at a time as there are callers, each with a stream of an order's length. */
const measureLoads = (journal: JournalService) =>
  Effect.gen(function* () {
    const streams = range(20_000).map((index) => `order-round-1-${index % callers}-${index % 100}`)
    const before = process.cpuUsage()
    const started = performance.now()
    yield* Effect.forEach(streams, (stream) => journal.load(stream, Option.none()), {
      concurrency: callers,
      discard: true
    })
    const seconds = (performance.now() - started) / 1_000
    const { system, user } = process.cpuUsage(before)
    console.log(
      `${Math.round(streams.length / seconds)} loads/s, ` +
        `${((user + system) / streams.length).toFixed(1)} µs of this process a load`
    )
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
  measure.pipe(Effect.provide(layer), Logger.withMinimumLogLevel(LogLevel.Warning))
).finally(() => rmSync(dataDir, { recursive: true, force: true }))
