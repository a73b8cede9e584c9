/** The memory that a shop retains: what is left after garbage collections. */
import { setTimeout as sleep } from "node:timers/promises"
import { eventually } from "./Eventually.ts"
import type { Shop } from "./Shop.ts"

const code = `
  import v8 from "node:v8"
  import vm from "node:vm"
  v8.setFlagsFromString("--expose-gc")
  const sweep = vm.runInNewContext("gc")
  process.on("SIGUSR2", () => {
    sweep()
    const { external, heapUsed } = process.memoryUsage()
    console.log("holds " + (heapUsed + external) + " bytes")
  })`

/** For the environment of a shop that is to be measured. */
export const withMemoryProbe = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`
}

/** How far apart two readings are. */
const apartMs = 1_000

/** How long connections that were closed may take to be gone from memory. */
const settledMsMax = 30_000

/** Two readings that are no further apart than this are the same. */
const noiseBytes = 2_000_000

/**
 * The retained memory, once three readings in a row are the same: a refused connection is kept for
 * a second, and buffers are freed by the collection after the one that finds them.
 */
export const settledBytes = async (shop: Shop): Promise<number> => {
  let before = await heldBytes(shop)
  let same = 0
  return eventually("the retained memory is the same", settledMsMax, async () => {
    await sleep(apartMs)
    const now = await heldBytes(shop)
    same = Math.abs(before - now) < noiseBytes ? same + 1 : 0
    before = now
    return same === 2 ? now : undefined
  })
}

/** In bytes, after a collection. */
const heldBytes = async (shop: Shop): Promise<number> => {
  const { process } = shop
  const readings = () => [...process.output.matchAll(/^holds (\d+) bytes$/gm)]
  const before = readings().length
  process.signal("SIGUSR2")
  return eventually("the memory is measured", 10_000, () => {
    const reading = readings()[before]
    return reading === undefined ? undefined : Number(reading[1])
  })
}
