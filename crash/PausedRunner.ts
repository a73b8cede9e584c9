/**
 * A runner that is paused while others sell out stock that it has in memory. It is frozen during a
 * rush for a scarce item, gets more orders while it is frozen, and is resumed when its shards have
 * moved and no unit is left: from its old state it would sell the units again.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "../test/support/Client.ts"
import type { Load } from "../test/support/Load.ts"
import { shardOf } from "../test/support/Runners.ts"

/** The runner to pause, its shards, and the other runners. */
export interface PausedRunner {
  readonly client: Client
  readonly shards: ReadonlySet<number>
  readonly others: ReadonlyArray<Client>
}

/** How many units there are, how many orders come before the pause, and how many during it. */
const units = 12
const askedBefore = 6
const askedAsleep = 40

/** The longest pause, regardless of the other runners. */
const sleepMsMax = 40_000

/** How many concurrent orders the others get, and the pause before a repeat. */
const buyersAtOnce = 4
const pauseMs = 100

/** How long it may take until all orders to the paused runner have an outcome. */
const answersMsMax = 120_000

/** Fails when it takes longer than that. */
const inTime = async <A>(answers: Promise<A>): Promise<A> => {
  const end = new AbortController()
  const late = sleep(answersMsMax, undefined, { signal: end.signal }).then(() => {
    throw new Error(`orders sent to a runner that slept have no answer after ${answersMsMax} ms`)
  })
  try {
    return await Promise.race([answers, late])
  } finally {
    end.abort()
    await late.catch(() => undefined)
  }
}

/** A SKU whose stock is in one of these shards. */
const skuIn = (shards: ReadonlySet<number>, name: string): string | undefined => {
  for (let number = 0; number < 10_000; number++) {
    const sku = `${name}-${number}`
    if (shards.has(shardOf(sku))) return sku
  }
  return undefined
}

export interface Rush {
  /** Sends the first orders; returns when they have been sent. */
  readonly begin: () => void
  /** During the pause: resolves when the others have sold all remaining units. */
  readonly sellOut: () => Promise<void>
  /** Waits for the outcome of every order, and returns a summary as text. */
  readonly end: () => Promise<string>
}

/** Lists a scarce item in a shard of the runner to pause. Undefined when it has no shard. */
export const prepare = async (
  load: Load,
  { client, others, shards }: PausedRunner,
  name: string
): Promise<Rush | undefined> => {
  const sku = skuIn(shards, name)
  if (sku === undefined) return undefined
  await load.putUp({ sku, amountMinor: 1_000, quantity: units })
  const rush: Array<ReturnType<Load["buyOne"]>> = []
  const ask = (count: number) => {
    for (let index = 0; index < count; index++) rush.push(load.buyOne(sku, client))
  }
  const buy = async (via: Client, untilMs: number): Promise<void> => {
    while (performance.now() < untilMs) {
      const order = await load.buyOne(sku, via)
      if (order?.cancellation?.reason === "out_of_stock") return
      await sleep(pauseMs)
    }
  }
  return {
    begin: () => ask(askedBefore),
    sellOut: async () => {
      ask(askedAsleep)
      const untilMs = performance.now() + sleepMsMax
      const buyers = Array.from({ length: buyersAtOnce }, (_, index) =>
        buy(others[index % others.length] ?? client, untilMs)
      )
      await Promise.all(buyers)
    },
    end: async () => {
      const orders = await inTime(Promise.all(rush))
      const kept = orders.filter((order) => order?.status === "confirmed").length
      return `${kept} of ${orders.length} orders it was asked for were kept`
    }
  }
}
