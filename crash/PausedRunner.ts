/**
 * A runner that sleeps while others sell out what it remembers to be on its shelves. It is frozen
 * in the middle of a rush for something rare, more people ask it while it sleeps, and it is woken
 * when its shards have moved and nothing is left: from memory, it would sell it again.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "../test/support/Client.ts"
import type { Load } from "../test/support/Load.ts"
import { shardOf } from "../test/support/Runners.ts"

/** The runner that will sleep, what it has, and who will be awake. */
export interface PausedRunner {
  readonly client: Client
  readonly shards: ReadonlySet<number>
  readonly others: ReadonlyArray<Client>
}

/** How many units there are, how many ask before the sleep, and how many during it. */
const units = 12
const askedBefore = 6
const askedAsleep = 40

/** At most this long it sleeps, whatever the others achieve. */
const sleepMsMax = 40_000

/** How many customers the others serve at a time, and how long one waits before asking again. */
const buyersAtOnce = 4
const pauseMs = 100

/** How long it may take until all who asked the sleeper know what became of their orders. */
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

/** A name whose stock lives in one of these shards. */
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
  /** While the runner sleeps: resolves when the others have sold all that is left. */
  readonly sellOut: () => Promise<void>
  /** Every order that was sent has been answered, and what became of them, in words. */
  readonly end: () => Promise<string>
}

/** Puts up something rare in a shard of the sleeper. Nothing when it has no shard. */
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
