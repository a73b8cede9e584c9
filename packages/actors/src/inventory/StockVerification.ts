/**
 * Holds the books of a SKU against its journal: what its actor says, the orders its units are held
 * for, and its row in the list of products. Each is compared at a version or a position, so that
 * nothing differs only because two things were not looked at in the same moment.
 */
import type { Sharding } from "@effect/cluster"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { StockAggregate } from "@souk/domain/inventory/StockAggregate"
import * as StockTotals from "@souk/domain/inventory/StockTotals"
import * as Judge from "@souk/domain/inventory/StockVerification"
import { CommandId, type OrderId, Sku } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Aggregate from "@souk/domain/kernel/Aggregate"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, HashMap, Option, Schema, Stream } from "effect"
import { list, listed } from "../catalog/ListedRow.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/ActorClient.ts"
import type { ActorUnavailable } from "../runtime/ActorDefinition.ts"
import { Journal, type JournalUnavailable, type Recorded } from "../journal/Journal.ts"
import { events } from "../journal/StreamEvents.ts"
import { OrderEntity } from "../order/OrderEntity.ts"
import { ReadModels } from "../projection/ReadModels.ts"
import { StockEntity } from "./StockEntity.ts"

/** How many SKUs are looked at together, and how many orders are asked at once for each. */
const skusAtOnce = 4
const ordersAtOnce = 8

/** How many holds of one SKU are held against their orders; of more, only so many. */
const holdsMax = 1_000

/** By how much the clocks of two processes may differ when a hold runs out. */
const clockMs = 5_000

export interface Verified {
  readonly sku: Sku
  /** Of the stock, as its actor said. */
  readonly version: number
  /** How many holds were held against their orders. */
  readonly holds: number
  readonly differences: ReadonlyArray<Judge.StockDifference>
}

export type Repair =
  | { readonly kind: "hold_released"; readonly orderId: OrderId; readonly quantity: number }
  | { readonly kind: "row_rebuilt"; readonly readModel: string }

/** On whose behalf a repair is made. The same id again finishes what the first time began. */
export interface Behalf extends Omit<Metadata, "commandId" | "correlationId"> {
  readonly repairId: CommandId
}

export interface Repaired extends Verified {
  /** What was done under this id, the first time or now. */
  readonly repairs: ReadonlyArray<Repair>
  readonly isRepeat: boolean
}

type Trouble = ActorUnavailable | JournalUnavailable

export interface StockVerification {
  /** Nothing where there is neither a stock nor a product of this name. */
  readonly one: (sku: Sku) => Effect.Effect<Option.Option<Verified>, Trouble>
  /** At most `limit` SKUs after one, by name; `next` is null at the end. */
  readonly page: (
    after: Sku | undefined,
    limit: number
  ) => Effect.Effect<{ readonly data: ReadonlyArray<Verified>; readonly next: Sku | null }, Trouble>
  /** Mends what can be mended without a person, and looks again. */
  readonly repair: (sku: Sku, behalf: Behalf) => Effect.Effect<Option.Option<Repaired>, Trouble>
}

const isSku = Schema.is(Sku)

/** The sums of a stream, now and as they were at a version. */
interface Told {
  readonly totals: StockTotals.StockTotals
  readonly then: StockTotals.StockTotals
  readonly version: number
}

const add = (totals: StockTotals.StockTotals, recorded: Recorded): StockTotals.StockTotals => {
  try {
    return StockTotals.count(totals, StockAggregate.codec.decode(recorded))
  } catch (cause) {
    return StockTotals.unreadable(totals, String(cause instanceof Error ? cause.message : cause))
  }
}

const counted = (journal: Journal["Type"], sku: Sku, version: number) =>
  Stream.runFold(
    events(journal, StockAggregate.streamId(sku)),
    { totals: StockTotals.empty, then: StockTotals.empty, version: 0 },
    (told: Told, recorded): Told => {
      const totals = add(told.totals, recorded)
      const then = recorded.version <= version ? totals : told.then
      return { totals, then, version: recorded.version }
    }
  )

const ended: ReadonlySet<string> = new Set(["confirmed", "shipped", "delivered", "cancelled"])

const connect = Effect.gen(function* () {
  return {
    journal: yield* Journal,
    models: yield* ReadModels,
    stock: yield* ActorClient.make(StockEntity),
    orders: yield* ActorClient.make(OrderEntity)
  }
})

/** Whom all of this is asked of. */
type Asked = Effect.Effect.Success<typeof connect>

const holderOf = (
  { orders }: Asked,
  sku: Sku,
  orderId: OrderId
): Effect.Effect<Judge.Holder, Trouble> =>
  Effect.map(orders.read(orderId), ({ view }) => ({
    status: view?.status,
    hasEnded: view !== undefined && ended.has(view.status),
    quantity: (view?.lines ?? [])
      .filter((line) => line.sku === sku)
      .reduce((sum, { quantity }) => sum + quantity, 0)
  }))

/** Holds that are wrong. An order may end between two looks, so what looks wrong is read again. */
const held = (asked: Asked, sku: Sku, totals: StockTotals.StockTotals, at: Timestamp.Timestamp) =>
  Effect.gen(function* () {
    const holds = Judge.holdsAt(totals, at).slice(0, holdsMax)
    const found = yield* Effect.forEach(
      holds,
      (hold) =>
        Effect.map(holderOf(asked, sku, hold.orderId), (holder) => Judge.ofHold(hold, holder)),
      { concurrency: ordersAtOnce }
    )
    const suspects = found.flat()
    if (suspects.length === 0) return { checked: holds.length, differences: suspects }
    const again = yield* counted(asked.journal, sku, 0)
    const differences = suspects.filter(
      ({ orderId }) => orderId !== undefined && HashMap.has(again.totals.holds, orderId)
    )
    return { checked: holds.length, differences }
  })

const verify = (asked: Asked, sku: Sku): Effect.Effect<Option.Option<Verified>, Trouble> =>
  Effect.gen(function* () {
    const { journal, models, stock } = asked
    const fromMs = yield* Clock.currentTimeMillis
    const { version, view } = yield* stock.read(sku)
    const toMs = yield* Clock.currentTimeMillis
    const told = yield* counted(journal, sku, version)
    // Asked after that, it must know at least as much.
    const later = told.version > version ? (yield* stock.read(sku)).version : version
    const row = yield* listed(journal, models, sku)
    if (told.version === 0 && !row.isKnown) return Option.none()
    if (view === undefined) return yield* Effect.dieMessage("every SKU has a stock")
    const holds = yield* held(asked, sku, told.totals, Timestamp.fromMillis(toMs))
    const moments = {
      from: Timestamp.fromMillis(fromMs - clockMs),
      to: Timestamp.fromMillis(toMs + clockMs)
    }
    const differences = [
      ...Judge.ofJournal(told.totals),
      ...Judge.ofActor(told.then, view, moments),
      ...Judge.ofVersion(told.version, later),
      ...holds.differences,
      ...row.differences
    ]
    return Option.some({ sku, version, holds: holds.checked, differences })
  })

/** The next SKUs after one, by name: those that have a stock, and those that are listed. */
const skusAfter = (journal: Journal["Type"], after: Sku | undefined, limit: number) =>
  Effect.map(
    Effect.forEach([StockAggregate, ProductAggregate], ({ category }) =>
      Effect.map(
        journal.streams(category, Aggregate.streamId(category, after ?? ""), limit),
        (streams) => streams.map(Aggregate.idOf)
      )
    ),
    (names) => [...new Set(names.flat())].toSorted().filter(isSku).slice(0, limit)
  )

/** What was released under this id, as the journal tells. */
const releasedBy = (journal: Journal["Type"], sku: Sku, repairId: CommandId) =>
  events(journal, StockAggregate.streamId(sku)).pipe(
    Stream.filter(({ metadata }) => metadata.correlationId === repairId),
    Stream.map(StockAggregate.codec.decode),
    Stream.runCollect,
    Effect.map((all) =>
      [...all].flatMap((event): ReadonlyArray<Repair> => {
        if (event._tag !== "ReservationReleased") return []
        return [{ kind: "hold_released", orderId: event.orderId, quantity: event.quantity }]
      })
    )
  )

const release = ({ stock }: Asked, sku: Sku, orderId: OrderId, behalf: Behalf) => {
  const { repairId, ...rest } = behalf
  const commandId = CommandId.make(`${repairId}/${orderId}`)
  const metadata: Metadata = { commandId, correlationId: repairId, ...rest }
  return stock.handle(sku, { _tag: "ReleaseStock", sku, orderId }, metadata).pipe(
    // Giving back what is not held is nothing, and so is never refused.
    Effect.catchIf((error) => error._tag !== "ActorUnavailable", Effect.die)
  )
}

const repair = (
  asked: Asked,
  sku: Sku,
  behalf: Behalf
): Effect.Effect<Option.Option<Repaired>, Trouble> =>
  Effect.gen(function* () {
    const { journal, models } = asked
    const before = yield* releasedBy(journal, sku, behalf.repairId)
    const found = yield* verify(asked, sku)
    if (Option.isNone(found)) return Option.none()
    const wrong = found.value.differences.filter(({ isRepairable }) => isRepairable)
    const orphans = wrong.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]))
    yield* Effect.forEach(orphans, (orderId) => release(asked, sku, orderId, behalf), {
      discard: true
    })
    const isStale = wrong.some(({ problem }) => problem === "list_differs")
    if (isStale) yield* models.refold(list, sku)
    const rebuilt: ReadonlyArray<Repair> = isStale ? [{ kind: "row_rebuilt", readModel: list }] : []
    const repairs = [...(yield* releasedBy(journal, sku, behalf.repairId)), ...rebuilt]
    const after = Option.getOrElse(yield* verify(asked, sku), () => found.value)
    return Option.some({ ...after, repairs, isRepeat: before.length > 0 })
  })

export const make: Effect.Effect<
  StockVerification,
  never,
  Journal | ReadModels | Sharding.Sharding | LocalActors
> = Effect.map(connect, (asked) => ({
  one: (sku) => verify(asked, sku),
  page: (after, limit) =>
    Effect.gen(function* () {
      const skus = yield* skusAfter(asked.journal, after, limit)
      const data = yield* Effect.forEach(skus, (sku) => verify(asked, sku), {
        concurrency: skusAtOnce
      })
      const next = skus.length === limit ? (skus.at(-1) ?? null) : null
      return { data: data.flatMap(Option.toArray), next }
    }),
  repair: (sku, behalf) => repair(asked, sku, behalf)
}))
