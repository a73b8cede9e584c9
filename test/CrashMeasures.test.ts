/** The measures that the crash test derives from its timestamps. */
import { describe, expect, it } from "vitest"
import { failoverOf, type Sale } from "../crash/Measures.ts"

/** A runner with shard 1 is killed at 1,000, and the next fault occurs at 9,000. */
const failover = (...sales: ReadonlyArray<Sale>) =>
  failoverOf({ atMs: 1_000, shards: new Set([1]) }, 9_000, sales)

const sale = (sentAtMs: number, endedAtMs: number, ...shards: ReadonlyArray<number>): Sale => ({
  sentAtMs,
  endedAtMs,
  order: shards[0] ?? 2,
  shards: shards.length === 0 ? [2] : shards,
  isHeldUp: false
})

describe("a kill of one of several runners", () => {
  it("ends for its shards with the first order there that was sent after it", () => {
    const { movedMs } = failover(
      sale(900, 1_500, 1),
      sale(1_100, 3_000, 1),
      sale(1_200, 2_500, 2, 1)
    )
    expect(movedMs).toBe(2_000)
  })

  it("does not count orders that touch no shard of the killed one", () => {
    expect(failover(sale(1_100, 1_400), sale(1_200, 5_000, 2, 1)).othersMs).toEqual([300])
  })

  it("makes others wait for as long as one waits and none is confirmed", () => {
    expect(failover(sale(500, 1_400), sale(1_300, 1_600)).othersSilentMs).toBe(400)
    // Of the two in progress, the first one that was sent is the last to be confirmed.
    expect(failover(sale(1_100, 4_000), sale(2_000, 2_500)).othersSilentMs).toBe(1_500)
  })

  it("does not count an order that waited for its payment", () => {
    const heldUp = { ...sale(1_100, 4_000), isHeldUp: true }
    expect(failover(heldUp)).toMatchObject({ othersMs: [], othersSilentMs: 0 })
    expect(failover(heldUp, sale(1_200, 1_900))).toMatchObject({
      othersMs: [700],
      othersSilentMs: 700
    })
  })

  it("makes no order wait when none is sent", () => {
    expect(failover(sale(1_000, 1_200), sale(5_000, 5_100)).othersSilentMs).toBe(200)
    expect(failover().othersSilentMs).toBe(0)
  })

  it("is watched for six seconds, also when an order comes later than that", () => {
    expect(failover(sale(1_500, 60_000)).othersSilentMs).toBe(5_500)
    expect(failover(sale(7_500, 8_900)).othersSilentMs).toBe(0)
  })
})
