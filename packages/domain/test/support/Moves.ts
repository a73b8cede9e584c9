/** What may happen to a shop, in any order: people, time, a bad network, and crashes. */
import { FastCheck } from "effect"
import { type OrderId, RefundId } from "../../src/kernel/Ids.ts"
import type { PlaceOrder } from "../../src/order/OrderCommand.ts"
import { eur, mug, orderId, otherId, place, tea, thirdId } from "./Examples.ts"
import { faults } from "../../src/testing/Faults.ts"
import type { Script } from "../../src/testing/Gateway.ts"
import { Shop } from "../../src/testing/Shop.ts"

const kinds = [
  ["Deliver", 60],
  ["Copy", 6],
  ["Lose", 2],
  ["Crash", 1],
  ["CrashInside", 1],
  ["Resume", 3],
  ["Wait", 2],
  ["Place", 6],
  ["Cancel", 2],
  ["Ship", 1],
  ["Arrive", 1],
  ["Refund", 1],
  ["Restock", 1],
  ["WriteOff", 1]
] as const

export interface Move {
  readonly kind: (typeof kinds)[number][0]
  /** Which one: of the messages under way, of the orders, or of the SKUs. */
  readonly n: number
}

export interface Plot {
  readonly moves: ReadonlyArray<Move>
  readonly scripts: Readonly<Record<OrderId, Script>>
  readonly isFree: boolean
  readonly remembers: boolean
  readonly checksFirst: boolean
  readonly skewMs: number
}

const line = (sku: typeof mug, quantity: number, price: number) => ({
  sku,
  name: "Thing",
  quantity,
  unitPrice: eur(price)
})

/** Three orders that want more than there is. */
const orders = (isFree: boolean): ReadonlyArray<PlaceOrder> => [
  { ...place, lines: [line(mug, 2, 1000), line(tea, 1, 650)] },
  { ...place, orderId: otherId, lines: [line(mug, 2, 1000)] },
  { ...place, orderId: thirdId, lines: [line(tea, 1, isFree ? 0 : 650), line(mug, 1, 0)] }
]

const ids: ReadonlyArray<OrderId> = [orderId, otherId, thirdId]

const script: FastCheck.Arbitrary<Script> = FastCheck.oneof(
  { weight: 5, arbitrary: FastCheck.constant({}) },
  {
    weight: 4,
    arbitrary: FastCheck.constantFrom(
      { declines: "insufficient_funds" },
      { captureFails: "lost_card" },
      { carrierRefuses: "too heavy" },
      { refundsFail: 1 },
      { refundsFail: 9 },
      { customerAfter: 1 },
      { customerAfter: 999 }
    )
  }
)

const move = FastCheck.record({
  kind: FastCheck.oneof(
    ...kinds.map(([kind, weight]) => ({ weight, arbitrary: FastCheck.constant(kind) }))
  ),
  n: FastCheck.nat({ max: 99 })
})

export const plots: FastCheck.Arbitrary<Plot> = FastCheck.record({
  moves: FastCheck.array(move, { maxLength: 150, size: "max" }),
  scripts: FastCheck.tuple(script, script, script).map(([first, second, third]) => ({
    [orderId]: first,
    [otherId]: second,
    [thirdId]: third
  })),
  isFree: FastCheck.boolean(),
  remembers: FastCheck.boolean(),
  checksFirst: FastCheck.boolean(),
  skewMs: FastCheck.constantFrom(0, 0, 0, 60_000, -60_000, 600_000, -600_000)
})

const make = (shop: Shop, plot: Plot, { kind, n }: Move, index: number) => {
  const id = ids[n % ids.length] ?? orderId
  const sku = n % 2 === 0 ? mug : tea
  switch (kind) {
    case "Deliver":
      return shop.deliver(n)
    case "Place":
      return shop.place(orders(plot.isFree)[n % ids.length] ?? place)
    case "Cancel":
      return shop.cancel(id)
    case "Ship":
      return shop.tellOrder(id, { _tag: "ShipOrder" })
    case "Arrive":
      return shop.tellOrder(id, { _tag: "DeliverOrder" })
    case "Refund": {
      const refundId = RefundId.make(`re_Person0000000000${index}`)
      const amount = eur(100 + n)
      const refund = { _tag: "RefundPayment", orderId: id, refundId, amount, reason: "x" } as const
      return shop.tellPayment(id, refund)
    }
    case "Restock":
      return shop.restock(sku, 1)
    case "WriteOff":
      return shop.writeOff(sku, 1)
    default:
      return faults[kind](shop, n)
  }
}

/** A shop with too little stock, after all moves of the plot. */
export const playOut = (plot: Plot): Shop => {
  const { checksFirst, moves, remembers, scripts, skewMs } = plot
  const stock = [
    [mug, 3],
    [tea, 1]
  ] as const
  const shop = new Shop({ stock, scripts, remembers, checksFirst, skewMs })
  for (const [index, move] of moves.entries()) make(shop, plot, move, index)
  return shop
}

const repeats: ReadonlySet<string> = new Set(["Copy", "Resume", "CrashInside"])

/** Whether a question may have been under way twice at a time. */
export const hasRepeats = ({ moves }: Plot): boolean => moves.some(({ kind }) => repeats.has(kind))
