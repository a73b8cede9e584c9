/** Speed and memory of a shop with a growing journal: `npm run bench -- --growth`. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { StockEntity } from "@souk/actors/inventory/StockEntity"
import { Journal } from "@souk/actors/journal/Journal"
import * as OrderReadModel from "@souk/actors/order/OrderReadModel"
import * as Projection from "@souk/actors/projection/Projection"
import { CommandId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { streamId } from "@souk/domain/kernel/Aggregate"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, ManagedRuntime, Option } from "effect"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import pg from "pg"
import type { PostgresServer } from "./Postgres.ts"
import * as Souk from "./Souk.ts"
import { layerShop } from "./SoukShop.ts"
import { callersOf, openTill, percentile } from "./Till.ts"
import { forgetful, orderAt, steadyShelves } from "./Work.ts"

/** After so many orders altogether: how fast the last of them were, and what was kept in memory. */
export interface Finished {
  readonly orders: number
  readonly ordersPerSecond: number
  readonly heapMb: number
  readonly rssMb: number
}

/** How long the first request to an item takes when its actor is not in memory. */
export interface Cold {
  readonly events: number
  readonly activationMillis: number
}

/** A journal of so many events: the time of a rebuild of the order list, and of queries. */
export interface Old {
  readonly events: number
  readonly rebuildSeconds: number
  readonly eventsPerSecond: number
  readonly orderHistoryMillis: number
  readonly itemHistoryMillis: number
}

export interface Growth {
  readonly finished: ReadonlyArray<Finished>
  readonly cold: ReadonlyArray<Cold>
  readonly old: Old
}

const callers = 64

/** How many units an item's history sells at a time, and how long they are held. */
const salesAtOnce = 256
const holdMs = 900_000

/** How many shops are started to load the same item; the median counts. */
const awakenings = 3

/** How many queries of a kind; the median counts. */
const questions = 101

const pageSize = 100

export const grow = async (
  server: PostgresServer,
  orders: ReadonlyArray<number>,
  events: ReadonlyArray<number>,
  say: (line: string) => void
): Promise<Growth> => {
  const database = await server.createDatabase("bench_growth")
  const finished = await finish(database, orders, say)
  const old = await reread(database)
  say(`${old.events} events: the list of orders rebuilt in ${old.rebuildSeconds.toFixed(1)} s`)
  const cold: Array<Cold> = []
  for (const count of events) {
    const activationMillis = await wake(await server.createDatabase(`bench_cold_${count}`), count)
    say(`an item with ${count} events is there in ${activationMillis.toFixed(1)} ms`)
    cold.push({ events: count, activationMillis })
  }
  return { finished, cold, old }
}

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
}

const finish = async (
  database: string,
  sizes: ReadonlyArray<number>,
  say: (line: string) => void
): Promise<ReadonlyArray<Finished>> => {
  // Ledgers of every order would be kept in this process, and be counted as Souk's memory.
  const shop = await Souk.open(database, steadyShelves, forgetful)
  const till = openTill(
    shop,
    (n) => orderAt("spread", 1, n),
    () => false
  )
  const found: Array<Finished> = []
  for (const orders of sizes) {
    const before = till.placed()
    const started = performance.now()
    await callersOf(callers, async () => {
      while (till.placed() < orders) await till.placeNext()
    })
    const seconds = (performance.now() - started) / 1_000
    collectGarbage()
    const { heapUsed, rss } = process.memoryUsage()
    const ordersPerSecond = (till.placed() - before) / seconds
    const one = { orders, ordersPerSecond, heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 }
    say(`${orders} orders: ${ordersPerSecond.toFixed(0)}/s, heap ${one.heapMb.toFixed(0)} MB`)
    found.push(one)
  }
  await shop.stop()
  const [failure] = till.failures()
  if (failure !== undefined) throw new Error(failure)
  return found
}

const openShop = (database: string) =>
  ManagedRuntime.make(layerShop(database, forgetful, Option.none()))

const reread = async (database: string): Promise<Old> => {
  const shop = openShop(database)
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    const journal = await shop.runPromise(Journal)
    const head = await shop.runPromise(journal.head)
    const model = await shop.runPromise(OrderReadModel.model)
    const started = performance.now()
    await shop.runPromise(Projection.rebuild(model))
    await caughtUp(client, model.name, head)
    const rebuildSeconds = (performance.now() - started) / 1_000
    const { rows } = await client.query<{ stream: string }>(someOrders, [questions])
    const history = (stream: string) => shop.runPromise(journal.readStream(stream, 0, pageSize))
    const item = rows.map(() => streamId("inventory", String(steadyShelves[0]?.sku)))
    return {
      events: head,
      rebuildSeconds,
      eventsPerSecond: head / rebuildSeconds,
      orderHistoryMillis: await middleOf(
        rows.map(({ stream }) => stream),
        history
      ),
      itemHistoryMillis: await middleOf(item, history)
    }
  } finally {
    await client.end()
    await shop.dispose()
  }
}

/** How often the cursor is looked at, and for how long altogether. */
const lookMs = 50
const catchUpMsMax = 30 * 60_000

const caughtUp = async (client: pg.Client, name: string, head: number): Promise<void> => {
  for (let waited = 0; waited < catchUpMsMax; waited += lookMs) {
    const { rows } = await client.query<{ there: boolean }>(isThere, [name, head])
    if (rows[0]?.there === true) return
    await sleep(lookMs)
  }
  throw new Error(`${name} did not catch up within ${catchUpMsMax} ms`)
}

const isThere = `SELECT position >= $2 AS there FROM projection_cursor WHERE name = $1`

const someOrders = `
  SELECT stream FROM journal WHERE type = 'OrderPlaced' AND position % 7 = 0 LIMIT $1`

const middleOf = async <A>(
  asked: ReadonlyArray<A>,
  ask: (one: A) => Promise<unknown>
): Promise<number> => {
  const took: Array<number> = []
  for (const one of asked) {
    const started = performance.now()
    await ask(one)
    took.push(performance.now() - started)
  }
  return percentile(Float64Array.from(took).toSorted(), 0.5)
}

const metadataOf = (sku: string, what: string): Metadata => ({
  commandId: CommandId.make(`${what}/${sku}`),
  correlationId: sku,
  causationId: "bench",
  who: "bench"
})

/** Gives an item `count` events: two receipts, and sales of one unit with two events each. */
const live = (name: string, count: number) =>
  Effect.gen(function* () {
    const stock = yield* ActorClient.make(StockEntity)
    const sku = Sku.make(name)
    const receipt = { _tag: "ReceiveStock", sku, quantity: count } as const
    yield* stock.handle(sku, receipt, metadataOf(sku, "first"))
    yield* stock.handle(sku, receipt, metadataOf(sku, "second"))
    const nowMs = yield* Clock.currentTimeMillis
    const expiresAt = Timestamp.fromMillis(nowMs + holdMs)
    const sale = (n: number) => {
      const orderId = OrderId.make(`ord_${String(n).padStart(16, "0")}`)
      const hold = { _tag: "ReserveStock", sku, orderId, quantity: 1, expiresAt } as const
      return Effect.zipRight(
        stock.handle(sku, hold, metadataOf(sku, `hold/${n}`)),
        stock.handle(sku, { _tag: "CommitStock", sku, orderId }, metadataOf(sku, `sell/${n}`))
      )
    }
    const sales = Array(Math.max(0, Math.floor((count - 2) / 2))).keys()
    yield* Effect.forEach(sales, sale, { concurrency: salesAtOnce, discard: true })
  })

const wake = async (database: string, count: number): Promise<number> => {
  const past = openShop(database)
  await past.runPromise(Effect.zipRight(live("SKU-COLD", count), live("SKU-OTHER", 2)))
  await past.dispose()
  const took: Array<number> = []
  for (let turn = 0; turn < awakenings; turn++) {
    const shop = openShop(database)
    const stock = await shop.runPromise(ActorClient.make(StockEntity))
    // The first question of all pays for connections and plans.
    await shop.runPromise(stock.read("SKU-OTHER"))
    const started = performance.now()
    await shop.runPromise(stock.read("SKU-COLD"))
    took.push(performance.now() - started)
    await shop.dispose()
  }
  return percentile(Float64Array.from(took).toSorted(), 0.5)
}
