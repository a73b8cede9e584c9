/** Ten thousand connections that say nothing, and some that never come to the point. */
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { eventually, inParallel, spread } from "./support/Eventually.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

const idleConnections = 10_000
const slowConnections = 200
const checkouts = 30

const shopStartMsMax = 60_000

describe("a shop under siege", () => {
  let shop: Shop
  let front: Storefront
  let sku: string
  const sockets: Array<Socket> = []

  beforeAll(async () => {
    shop = await Shop.start()
    front = new Storefront(shop.client)
    sku = await front.putUp(1_000)
  })

  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await shop?.close()
  })

  const dial = (): Promise<Socket> => {
    const { hostname, port } = new URL(shop.baseUrl)
    return new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve(socket))
      socket.on("error", () => resolve(socket))
      socket.resume()
      sockets.push(socket)
    })
  }

  /** Every checkout comes to its end, over a connection of its own; and how long each took. */
  const shopping = async (): Promise<ReadonlyArray<number>> =>
    inParallel([...Array(checkouts).keys()], 3, async () => {
      const startMs = performance.now()
      const { order } = await front.place({ [sku]: 1 })
      expect(order.status).toBe("confirmed")
      return performance.now() - startMs
    })

  it("serves a customer as before", async () => {
    const quiet = await shopping()
    await inParallel([...Array(idleConnections).keys()], 200, dial)
    const slow = await inParallel([...Array(slowConnections).keys()], 50, dial)
    for (const socket of slow) socket.write("POST /v1/orders HTTP/1.1\r\nHost: shop\r\n")
    const isOver = { yes: false }
    const drip = async () => {
      while (!isOver.yes) {
        for (const socket of slow) if (!socket.destroyed) socket.write("X-Slow: 1\r\n")
        await sleep(500)
      }
    }
    const dripping = drip()
    const besieged = await shopping()
    await eventually("those who never come to the point are hung up on", shopStartMsMax, () =>
      slow.every(({ closed }) => closed) ? true : undefined
    )
    isOver.yes = true
    await dripping
    process.stdout.write(`checkout: quiet ${spread(quiet)}; besieged ${spread(besieged)}\n`)
    expect(shop.process.exit).toBeUndefined()
  })
})
