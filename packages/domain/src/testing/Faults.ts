/** What time and chance do to a shop in memory: faults by their names, storms by their seeds. */
import { Utils } from "effect"
import type { Shop } from "./Shop.ts"

const waitsMs = [1, 1000, 60_000, 600_000, 900_000]

/** `n` says which one: of the messages under way, of the orders, or of the waits. */
type Fault = (shop: Shop, n: number) => void

const resume: Fault = (shop, n) => {
  const { orderIds } = shop
  const id = orderIds[n % Math.max(1, orderIds.length)]
  if (id !== undefined) shop.resume(id)
}

export const faults = {
  /** A message is delivered, and once more later. */
  Copy: (shop, n) => shop.deliver(n, true),
  /** A message is lost. */
  Lose: (shop, n) => shop.lose(n),
  /** The process dies, and every message under way with it. */
  Crash: (shop) => shop.crash(),
  /** The process dies; what it had asked of gateway and carrier still arrives there. */
  CrashInside: (shop) => shop.crash(false),
  /** An order is reminded, whether it needs it or not. */
  Resume: resume,
  /** Time passes: a millisecond, a second, a minute, ten minutes, a quarter of an hour. */
  Wait: (shop, n) => shop.wait(waitsMs[n % waitsMs.length] ?? 0)
} satisfies Record<string, Fault>

export type FaultKind = keyof typeof faults

/** Without `Wait`: who wants time to pass lets it pass. */
const chaosFaults: ReadonlyArray<FaultKind> = ["Copy", "Lose", "Crash", "CrashInside", "Resume"]

/** One fault among this many deliveries in any order. */
const deliveriesPerFault = 5

/** Never more than this many moves, should faults beget messages for ever. */
const movesMax = 10_000

/**
 * Delivers everything under way in an order that `seed` draws, with faults in between. The same
 * seed does the same to the same shop.
 */
export const chaos = (shop: Shop, seed: number): void => {
  const random = new Utils.PCGRandom(seed)
  for (let move = 0; shop.queue.length > 0 && move < movesMax; move++) {
    const n = random.integer(1000)
    const kind = chaosFaults[random.integer(chaosFaults.length * deliveriesPerFault)]
    if (kind === undefined) shop.deliver(n)
    else faults[kind](shop, n)
  }
}
