/** Live order streams: many at once, and across a crash of the shop. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually, inParallel } from "./support/Eventually.ts"
import { Follower } from "./support/Follower.ts"
import { withMemoryProbe, settledBytes } from "./support/MemoryProbe.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

const followersMax = 2_000
const orders = 40

/** How much memory the shop may take for one open stream, and not give back for all of them. */
const openBytesMax = 100_000
const keptBytesMax = 20_000_000

/** How long two slow cores may take for two thousand connections. */
const allMsMax = 60_000

describe("following orders live", () => {
  let shop: Shop
  let front: Storefront
  let sku: string

  beforeAll(async () => {
    shop = await Shop.start(withMemoryProbe)
    front = new Storefront(shop.client)
    sku = await front.putUp(1_000)
  })

  afterAll(async () => {
    await shop?.close()
  })

  const follow = (id: string, seen?: number) => new Follower(shop.baseUrl, shop.adminKey, id, seen)

  const confirmed = async (): Promise<string> => (await front.place({ [sku]: 1 })).order.id

  it("goes on after `kill -9` of the shop, without a gap and without a repeat", async () => {
    const id = await confirmed()
    const before = follow(id)
    await eventually("all events so far", 10_000, () => before.last >= 5 || undefined)
    await shop.killShop()
    await before.ended
    await shop.start()
    const after = follow(id, before.last)
    expect(await after.status).toBe(200)
    await front.step(id, "shipment")
    await front.step(id, "delivery")
    await after.ended
    const events = [...before.events, ...after.events]
    const { version } = await front.order(id)
    const updates = events.filter(({ event }) => event === "order")
    expect(updates.map(({ id }) => id)).toEqual(Array.from({ length: version }, (_, n) => n + 1))
    expect(events.at(-1)).toEqual({
      event: "end",
      id: version,
      data: JSON.stringify({ version, status: "delivered" })
    })
    expect(await follow(id, version).status).toBe(204)
  })

  it(`holds ${followersMax} streams at once, and gives their memory back`, async () => {
    const ids = await inParallel(Array.from({ length: orders }), 4, confirmed)
    const open = async (count: number): Promise<ReadonlyArray<Follower>> => {
      const all = await inParallel([...Array(count).keys()], 50, async (n) => {
        const follower = follow(ids[n % orders]!)
        expect(await follower.status).toBe(200)
        return follower
      })
      await eventually("every follower has all events so far", allMsMax, () =>
        all.every(({ last }) => last >= 5) ? true : undefined
      )
      return all
    }
    const close = async (all: ReadonlyArray<Follower>) => {
      for (const follower of all) follower.close()
      await Promise.all(all.map(({ ended }) => ended))
    }
    // One warm-up round: memory that the process takes then does not belong to the streams.
    await close(await open(followersMax))
    const warm = await settledBytes(shop)
    const followers = await open(followersMax)
    const opened = await settledBytes(shop)
    const [shipped = ""] = ids
    const { version } = await front.step(shipped, "shipment")
    await eventually("every follower has the event", allMsMax, () => {
      const seen = followers.filter(({ last }) => last === version)
      return seen.length === followersMax / orders ? true : undefined
    })
    await front.place({ [sku]: 1 })
    await close(followers)
    const closed = await settledBytes(shop)
    process.stdout.write(`${mb(warm)} MB, open ${mb(opened)} MB, closed ${mb(closed)} MB\n`)
    expect(opened - warm).toBeLessThan(followersMax * openBytesMax)
    expect(closed - warm).toBeLessThan(keptBytesMax)
  })

  it("ends every stream when the shop is stopped, and is not held up", async () => {
    const id = await confirmed()
    const followers = await inParallel(Array.from({ length: 50 }), 10, async () => {
      const follower = follow(id)
      expect(await follower.status).toBe(200)
      return follower
    })
    expect(await shop.stop()).toEqual({ code: 0, signal: null })
    await Promise.all(followers.map(({ ended }) => ended))
    expect(followers.every(({ events }) => events.every(({ event }) => event === "order"))).toBe(
      true
    )
  })
})

const mb = (bytes: number): number => Math.round(bytes / 1_000_000)
