/** The work of every contender: orders, and the records that the audit reads. */

/** Spread: two of 200 items, chosen at random. Hot: all orders take both of the same two items. */
export type SteadyWorkload = "spread" | "hot"

/** Flash: one unit each of the same item, of which there is a tenth of what is asked for. */
export type Workload = SteadyWorkload | "flash"

export const workloads: ReadonlyArray<Workload> = ["spread", "hot", "flash"]

export interface OrderLine {
  readonly sku: string
  readonly quantity: number
  /** In minor units. */
  readonly unitPrice: number
}

export interface Order {
  readonly id: string
  readonly customer: string
  readonly lines: readonly [OrderLine, ...ReadonlyArray<OrderLine>]
  /** In minor units. */
  readonly total: number
}

export type Outcome = "confirmed" | "cancelled"

/** A way to run the shop. Each measurement starts one in a fresh process on an empty database. */
export interface Contender {
  readonly name: string
  readonly start: (databaseUrl: string, shelves: Shelves) => Promise<Running>
}

export interface Running {
  /**
   * Answers when the order has reached its end and that end is on disk. The same order may be sent
   * again, even while it is under way: it happens once, and each gets the same answer.
   */
  readonly placeOrder: (order: Order) => Promise<Outcome>
  /** The processes that do the work, where it is not this one alone. */
  readonly processes?: ReadonlyArray<number>
  readonly audit: () => Promise<Audit>
  readonly stop: () => Promise<void>
}

/** What the contender's database and its providers say once every caller has been answered. */
export interface Audit {
  readonly orders: ReadonlyArray<AuditedOrder>
  readonly stock: ReadonlyArray<AuditedStock>
  readonly ledger: ProviderLedger
}

export interface AuditedOrder {
  readonly id: string
  readonly status: string
  /** The order's recorded history, oldest first. */
  readonly steps: ReadonlyArray<Step>
}

/** The words for one order's history; reserving and committing are recorded once for each line. */
export type Step =
  | "placed"
  | "reserved"
  | "authorised"
  | "booked"
  | "captured"
  | "committed"
  | "confirmed"
  | "released"
  | "cancelled"

export interface AuditedStock {
  readonly sku: string
  readonly onHand: number
  readonly reserved: number
}

export interface StockedItem {
  readonly sku: string
  readonly onHand: number
}

/** What is for sale before the first order. */
export type Shelves = ReadonlyArray<StockedItem>

const plenty = 1_000_000

/** A scarce item, so that the run also shows which contender oversells. */
const scarceItem: StockedItem = { sku: "SKU-SCARCE", onHand: 50 }

/** Enough orders for the scarce item that two in three must be refused. */
export const scarceOrders = scarceItem.onHand * 3

const flashSku = "SKU-FLASH"

const skuAt = (index: number): string => `SKU-${String(index).padStart(3, "0")}`

/** The same for both steady workloads. */
export const steadyShelves: Shelves = [
  ...Array.from({ length: 200 }, (_, index) => ({ sku: skuAt(index), onHand: plenty })),
  scarceItem
]

export const flashShelves = (units: number): Shelves => [{ sku: flashSku, onHand: units }]

/** The same beside what is sold on other days. */
export const saleShelves = (units: number): Shelves => [...flashShelves(units), ...steadyShelves]

/** In minor units; the same for all contenders. */
export const priceOf = (sku: string): number =>
  500 + [...sku].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_500, 0)

/** Order number `n` of a run: the same seed always gives the same order. */
export const orderAt = (workload: SteadyWorkload, seed: number, n: number): Order => {
  const draw = randomFrom(seed * 1_000_003 + n)
  const variety = workload === "hot" ? 2 : 200
  const first = draw(variety)
  const second = (first + 1 + draw(variety - 1)) % variety
  return makeOrder(n, [lineOf(skuAt(first), 1 + draw(3)), lineOf(skuAt(second), 1 + draw(3))])
}

/** An order that wants one unit of the scarce item, and something there is plenty of. */
export const scarceOrderAt = (seed: number, n: number): Order => {
  const draw = randomFrom(seed * 1_000_003 + n)
  return makeOrder(n, [lineOf(skuAt(draw(200)), 1), lineOf(scarceItem.sku, 1)])
}

export const flashOrderAt = (n: number): Order => makeOrder(n, [lineOf(flashSku, 1)])

const lineOf = (sku: string, quantity: number): OrderLine => ({
  sku,
  quantity,
  unitPrice: priceOf(sku)
})

const makeOrder = (n: number, lines: Order["lines"]): Order => ({
  // The 32 digits of a version 7 UUID: ids that rise with time.
  id: `01900000000070008000${n.toString(16).padStart(12, "0")}`,
  customer: `customer-${n % 1_000}`,
  lines,
  total: lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0)
})

/** Mulberry32: small, fast, and good enough to choose items. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What the card gateway and the carrier did, by order id: their own ledgers. */
export interface ProviderLedger {
  readonly captures: ReadonlyMap<string, ReadonlyArray<number>>
  readonly shipments: ReadonlyMap<string, number>
}

/** A card gateway and a carrier that respond at once, and record every call. */
export interface Providers {
  readonly authorise: (orderId: string, amount: number) => Promise<string>
  readonly bookShipment: (orderId: string) => Promise<string>
  readonly capture: (orderId: string, amount: number) => Promise<void>
  readonly ledger: ProviderLedger
}

/** The same without records: for runs that measure only memory and speed. */
export const forgetful: Providers = {
  authorise: async (orderId) => `auth-${orderId}`,
  bookShipment: async (orderId) => `track-${orderId}`,
  capture: async () => undefined,
  ledger: { captures: new Map(), shipments: new Map() }
}

export const makeProviders = (): Providers => {
  const captures = new Map<string, Array<number>>()
  const shipments = new Map<string, number>()
  return {
    authorise: async (orderId) => `auth-${orderId}`,
    bookShipment: async (orderId) => {
      shipments.set(orderId, (shipments.get(orderId) ?? 0) + 1)
      return `track-${orderId}`
    },
    capture: async (orderId, amount) => {
      const charged = captures.get(orderId)
      if (charged === undefined) captures.set(orderId, [amount])
      else charged.push(amount)
    },
    ledger: { captures, shipments }
  }
}
