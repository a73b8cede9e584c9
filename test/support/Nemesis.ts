/** Faults by a plan that a seed makes: what is killed, when, and what it costs to recover. */
import { setTimeout as sleep } from "node:timers/promises"
import { eventually } from "./Eventually.ts"
import type { Load } from "./Load.ts"
import type { Random } from "./Random.ts"
import type { DatabaseKill, Shop } from "./Shop.ts"

/** `start` kills a shop that is only just coming up. */
export type Target = "shop" | "both" | "database" | "start"

export interface Blow {
  readonly target: Target
  /** Right after an order was sent, so as to hit the moments around its commit; or at any time. */
  readonly isAimed: boolean
  readonly delayMs: number
  readonly database: DatabaseKill
}

export interface Scar extends Blow {
  readonly inFlight: number
  /** From the kill to the first good answer to a request sent after it. */
  readonly recoveryMs: number
}

/** How long an aimed blow waits after an order was sent, and any other blow after the last one. */
const aimedMsMax = 50
const otherMsMax = 600
const startMsMax = 3_000

/** How many good answers there must be between two blows. */
const answersMin = 24

const recoveryMsMax = 60_000

/** So many of each kind, in an order that nobody knows before. */
export const plan = (
  random: Random,
  counts: Readonly<Record<Target, number>>
): ReadonlyArray<Blow> => {
  const targets = (["shop", "both", "database", "start"] as const).flatMap((target) =>
    Array.from({ length: counts[target] }, () => target)
  )
  const ways = ["postmaster", "server", "backend"] as const
  return random.shuffle(targets).map((target, index) => {
    const isAimed = target !== "start" && index % 2 === 0
    const database = ways[index % ways.length] ?? "postmaster"
    const limit = target === "start" ? startMsMax : isAimed ? aimedMsMax : otherMsMax
    return { target, isAimed, delayMs: random.next() * limit, database }
  })
}

/** Waits until work goes well, strikes, and sees to it that there is a shop again. */
export const strike = async (shop: Shop, load: Load, blow: Blow): Promise<Scar> => {
  await enough(load)
  if (blow.isAimed) await load.nextPost()
  if (blow.target !== "start") await sleep(blow.delayMs)
  const { inFlight } = load.log
  const killedAtMs = performance.now()
  const recovered = load.log.firstOkSince(killedAtMs, recoveryMsMax)
  try {
    await kill(shop, blow)
    return { ...blow, inFlight, recoveryMs: (await recovered) - killedAtMs }
  } catch (error) {
    void recovered.catch(() => undefined)
    throw error
  }
}

const kill = async (shop: Shop, { database, delayMs, target }: Blow): Promise<void> => {
  switch (target) {
    case "shop":
      await shop.killShop()
      break
    case "both":
      await Promise.all([shop.killShop(), shop.killDatabase(database)])
      break
    case "start":
      await shop.killShop()
      shop.spawn()
      await sleep(delayMs)
      await shop.killShop()
      break
    case "database":
      // The shop has to see to it by itself.
      await shop.killDatabase(database)
      return
  }
  await shop.start()
}

const enough = async (load: Load): Promise<void> => {
  const before = load.log.okCount
  await eventually("shoppers are served", recoveryMsMax, () =>
    load.log.okCount - before >= answersMin ? true : undefined
  )
}
