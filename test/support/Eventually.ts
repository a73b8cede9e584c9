/**
 * Waiting for conditions, never for a number of milliseconds; the limit only ends a failed test.
 */
import { setTimeout as sleep } from "node:timers/promises"

const pauseMs = 20

/** The first value `look` gives; fails with `what` when there is none within the limit. */
export const eventually = async <A>(
  what: string,
  limitMs: number,
  look: () => A | undefined | Promise<A | undefined>
): Promise<A> => {
  const endMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await sleep(pauseMs)
  }
}

/** Runs `work` on every item, at most `width` at a time, and keeps their order. */
export const inParallel = async <A, B>(
  items: ReadonlyArray<A>,
  width: number,
  work: (item: A) => Promise<B>
): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

/** The middle and the largest of some numbers; nothing of none. */
export const spread = (values: ReadonlyArray<number>): string => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  const largest = sorted.at(-1)
  return middle === undefined || largest === undefined
    ? "none"
    : `median ${Math.round(middle)} ms, max ${Math.round(largest)} ms (${sorted.length})`
}
