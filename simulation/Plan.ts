/** The plan of a seed: a workload and a list of faults, as plain data. */
import type { Script } from "@souk/domain/testing"
import {
  type Fault,
  type FaultKind,
  kinds,
  kindsOfOne,
  kindsOfShared,
  type Trigger
} from "./Faults.ts"
import { Random } from "./Random.ts"

export type Tier = "domain" | "cluster"

export interface OrderPlan {
  /** Its number in the seed's plan, which stays the same when others are dropped. */
  readonly n: number
  readonly atMs: number
  readonly lines: ReadonlyArray<readonly [sku: string, quantity: number]>
  readonly priceMinor: number
  readonly holdMs: number
  readonly script: Script
  /** When the customer cancels it, if they do. */
  readonly cancelAtMs: number | undefined
  readonly isShipped: boolean
  /** How much is refunded on request once it is confirmed. */
  readonly refundMinor: number
}

export interface Plan {
  readonly tier: Tier
  readonly seed: number
  /** How many runners share the shards; with one, each process that starts owns all of them. */
  readonly runners: number
  readonly stock: ReadonlyArray<readonly [sku: string, units: number]>
  readonly orders: ReadonlyArray<OrderPlan>
  readonly restocks: ReadonlyArray<{
    readonly atMs: number
    readonly sku: string
    readonly units: number
  }>
  /** By their number in the seed's own plan. */
  readonly faults: ReadonlyArray<Fault & { readonly n: number }>
  /** The mean delay of a message, and how many of a hundred are fifty times as slow. */
  readonly latencyMs: number
  readonly tailPercent: number
  /**
   * Whether orders of the domain tier check their lines before they are placed; those of the
   * cluster tier do so by themselves once they were refused.
   */
  readonly checksFirst: boolean
  /** When faults stop. */
  readonly healMs: number
}

const skus = ["MUG-1", "TEA-2", "POT-3"] as const

const scripts: readonly [Script, ...ReadonlyArray<Script>] = [
  { declines: "insufficient_funds" },
  { captureFails: "lost_card" },
  { carrierRefuses: "too heavy" },
  { refundsFail: 1 },
  { refundsFail: 9 },
  { customerAfter: 2 },
  { customerAfter: 999 }
]

/** About how often each trigger comes for one order of the domain tier. */
const perOrder: Record<Trigger, number> = {
  step: 130,
  append: 22,
  read: 9,
  call: 14,
  gateway: 3,
  carrier: 1,
  client: 1,
  webhook: 0.4,
  wire: 0
}

/** In the cluster tier every task of a fiber is a step, and actors of one process do not call. */
const perOrderOfCluster: Record<Trigger, number> = { ...perOrder, step: 2_500, call: 3 }

/** Several runners look at clocks, locks and each other, whether there are orders or not. */
const perOrderOfShared: Record<Trigger, number> = { ...perOrderOfCluster, step: 4_000, wire: 12 }

const nthMax = ({ runners, tier }: Shape, kind: FaultKind, orders: number): number => {
  const all = runners > 1 ? perOrderOfShared : tier === "domain" ? perOrder : perOrderOfCluster
  const times = all[kinds[kind]]
  return Math.max(1, Math.ceil(times * orders))
}

/** Where shards move, orders are placed before, during and after the move. */
const ordersMsMax = ({ runners }: Shape): number => (runners > 1 ? 14_000 : 4_000)
const restocksMsMax = ({ runners }: Shape): number => (runners > 1 ? 18_000 : 6_000)

type Shape = Pick<Plan, "runners" | "tier">

const order = (
  random: Random,
  { runners, tier }: Shape,
  n: number,
  stock: Plan["stock"]
): OrderPlan => {
  const lines = stock.flatMap(([sku], index): ReadonlyArray<readonly [string, number]> =>
    index === n % stock.length || random.chance(0.3) ? [[sku, 1 + random.below(2)]] : []
  )
  return {
    n,
    atMs: random.below(ordersMsMax({ tier, runners })),
    lines,
    priceMinor: random.chance(0.05) ? 0 : 100 + random.below(2_000),
    holdMs: random.pick(runners > 1 ? [10_000, 30_000] : holdsMs[tier]),
    script: random.chance(0.4) ? random.pick(scripts) : {},
    cancelAtMs: random.chance(0.2) ? random.below(12_000) : undefined,
    isShipped: random.chance(0.3),
    refundMinor: random.chance(0.15) ? 1 + random.below(100) : 0
  }
}

/** A fault of this kind, lasting as long as such faults last. */
const fault = (random: Random, shape: Shape, kind: FaultKind, orders: number): Fault => {
  const nth = random.below(nthMax(shape, kind, orders))
  // An hour of the cluster tier is a million steps, because its actors poll their clocks.
  const jumpMs = shape.tier === "domain" ? 3_600_000 : 60_000
  switch (kind) {
    case "clock jump":
      return { kind, nth, ms: random.pick([1_000, -1_000, 120_000, -120_000, jumpMs]) }
    case "kill -9":
      return { kind, nth, ms: random.pick([20, 500, 3_000]) }
    case "commit comes late":
      return { kind, nth, ms: random.pick([5, 50, 500, 5_000]) }
    default:
      return { kind, nth, ms: random.pick([200, 2_000, 8_000, 20_000]) }
  }
}

const holdsMs: Record<Tier, readonly [number, ...ReadonlyArray<number>]> = {
  domain: [10_000, 30_000, 60_000, 300_000],
  cluster: [10_000, 30_000, 60_000, 60_000]
}

/** Two in three seeds of the cluster tier have runners that share the shards. */
const runnersOf = (tier: Tier, seed: number): number =>
  tier === "domain" ? 1 : new Random(seed, "runners").pick([1, 2, 3])

/** When faults are over. */
const healMsOf = ({ runners, tier }: Shape): number =>
  tier === "domain" ? 30_000 : runners > 1 ? 20_000 : 15_000

/** The same seed always stands for the same plan. */
export const planOf = (tier: Tier, seed: number): Plan => {
  const shape = new Random(seed, "shape")
  const work = new Random(seed, "work")
  const luck = new Random(seed, "faults")
  const runners = runnersOf(tier, seed)
  const mostOrders = tier === "domain" ? 8 : runners > 1 ? 3 : 4
  const orders = 1 + shape.below(mostOrders)
  const stock = skus
    .slice(0, 1 + shape.below(skus.length))
    .map((sku) => [sku, 1 + shape.below(2 * orders)] as const)
  // Swarm testing: each seed has only some kinds of faults, so that no kind hides another.
  const share = shape.pick([0, 0.15, 0.4, 0.8])
  const known = runners > 1 ? kindsOfShared : kindsOfOne
  const swarm = known.filter(() => shape.chance(share))
  const faults = swarm.flatMap((kind) =>
    Array.from({ length: 1 + luck.below(3) }, () => fault(luck, { tier, runners }, kind, orders))
  )
  return {
    tier,
    seed,
    runners,
    stock,
    orders: Array.from({ length: orders }, (_, n) => order(work, { tier, runners }, n, stock)),
    restocks: Array.from({ length: shape.below(3) + (runners > 1 ? 2 : 0) }, () => ({
      atMs: work.below(restocksMsMax({ tier, runners })),
      sku: stock[work.below(stock.length)]?.[0] ?? skus[0],
      units: 1 + work.below(3)
    })),
    faults: faults.map((fault, n) => ({ ...fault, n })),
    latencyMs: shape.pick([1, 3, 20]),
    tailPercent: shape.pick([0, 2, 10]),
    checksFirst: new Random(seed, "checks").chance(0.25),
    healMs: healMsOf({ tier, runners })
  }
}
