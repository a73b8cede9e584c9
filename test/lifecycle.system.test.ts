/** One shop from its first start to its shutdown, through every kind of crash. */
import { execFile } from "node:child_process"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { promisify } from "node:util"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { Client, decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { startPostgres } from "./support/Postgres.ts"
import { type DatabaseKill, Shop } from "./support/Shop.ts"
import { type Placed, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"

const clean = { code: 0, signal: null }

const guests: Array<Shop> = []

/** Another shop, removed after the test. */
const open = async (environment?: Readonly<Record<string, string>>): Promise<Shop> => {
  const shop = await Shop.open(environment)
  guests.push(shop)
  return shop
}

afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.close()
})

/** Starts a process that must refuse to start, and returns its output. */
const refusal = async (shop: Shop, environment?: Readonly<Record<string, string>>) => {
  const started = shop.spawn(environment)
  const { code } = await started.exited
  await started.silent
  expect(code).toBeGreaterThan(0)
  expect(started.output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  return started.output
}

describe("one shop, from start to shutdown", () => {
  let shop: Shop
  let front: Storefront
  let sku: string
  /** An order that must stay the same, byte for byte. */
  let first: Wire.Order

  afterAll(async () => {
    await shop?.close()
  })

  it("starts with a catalogue, stock, and an example that works as it is printed", async () => {
    shop = await Shop.open({ SOUK_ADMIN_KEY: "" })
    const started = await shop.start()
    const said = `Souk listens on ${shop.baseUrl}`
    await eventually("it has said so", 10_000, () => started.output.includes(said) || undefined)
    const keyFile = join(shop.dataDir, "admin-key")
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    front = new Storefront(new Client(shop.baseUrl, readFileSync(keyFile, "utf8").trim()))

    const products = await eventually("the catalogue is shown", 30_000, async () => {
      const { data } = await catalogue(front)
      return data.length > 2 && data.every(({ available }) => available > 0) ? data : undefined
    })
    expect(await front.stock(products[0]!.sku)).toEqual([
      products[0]!.available,
      0,
      products[0]!.available
    ])
    const { stdout } = await promisify(execFile)("bash", ["-c", exampleIn(started.output)])
    const text = stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1)
    first = decode(Wire.Order, { status: 201, headers: new Headers(), text })
    expect(first.status).toBe("confirmed")
    expect(await front.order(first.id)).toEqual(first)
    sku = await front.putUp(1_000)
  })

  it("refuses a second start on the same data with a message, and goes on", async () => {
    const other = await open()
    const serving = shop.process
    const words = await refusal(shop, { SOUK_PORT: new URL(other.baseUrl).port })
    shop.resume(serving)
    expect(words).toMatch(/in use|another shop/)
    expect(words).toContain(`pid ${serving.pid}`)
    expect((await front.place({ [sku]: 1 })).order.status).toBe("confirmed")
  })

  it("keeps its port: a start with other data there is refused with a message", async () => {
    const other = await open({ SOUK_PORT: new URL(shop.baseUrl).port })
    expect(await refusal(other)).toMatch(/in use|SOUK_PORT/)
    await other.nothingIsLeft()
    expect(await shop.client.isReady()).toBe(true)
  })

  it.for(["SIGINT", "SIGTERM"] as const)(
    "ends by %s: requests in flight are answered, no process is left, and no data is lost",
    async (signal) => {
      const [onHand] = await front.stock(sku)
      const slow = { token: "pm_souk_slow", waitSeconds: 10 }
      const answers = Promise.allSettled(
        Array.from({ length: 12 }, () => front.place({ [sku]: 1 }, slow))
      )
      await eventually("all orders are in flight", 10_000, async () =>
        (await front.stock(sku))[1] === 12 ? true : undefined
      )
      const exit = await shop.stop(signal)
      expect((await answers).map(endOf)).toEqual(Array(12).fill("confirmed"))
      expect(exit).toEqual(clean)
      await shop.nothingIsLeft()
      await shop.start()
      expect(await front.stock(sku)).toEqual([onHand - 12, 0, onHand - 12])
      expect(await front.order(first.id)).toEqual(first)
    }
  )

  /** Confirms one order, leaves another in progress, injects the fault, and checks both. */
  const survives = async (strike: () => Promise<unknown>): Promise<void> => {
    const [onHand] = await front.stock(sku)
    const { order } = await front.place({ [sku]: 1 })
    const { id } = await front.begin({ [sku]: 1 }, { token: "pm_souk_slow" })
    await strike()
    await shop.untilReady()
    expect(await front.order(order.id)).toEqual(order)
    expect((await front.until(id, ({ status }) => status !== "pending")).status).toBe("confirmed")
    expect(await front.stock(sku)).toEqual([onHand - 2, 0, onHand - 2])
  }

  it("starts after kill -9 of itself, and adopts the database that still runs", () =>
    survives(async () => {
      const before = shop.databasePid()
      await shop.killShop()
      await shop.start()
      expect(shop.databasePid()).toBe(before)
    }))

  it.for<DatabaseKill>(["postmaster", "server"])(
    "starts after kill -9 of itself and its database (%s)",
    (how) =>
      survives(async () => {
        await Promise.all([shop.killShop(), shop.killDatabase(how)])
        await shop.start()
      })
  )

  it.for<DatabaseKill>(["postmaster", "server", "backend"])(
    "brings its database back after kill -9 of that alone (%s)",
    (how) =>
      survives(async () => {
        await shop.killDatabase(how)
        await eventually("it takes orders again", 60_000, async () => {
          const answer = await front.ask({ [sku]: 1_000_000 }).catch(() => undefined)
          return answer?.status === 201 ? true : undefined
        })
      })
  )

  it("shuts down during its start", async () => {
    expect(await shop.stop()).toEqual(clean)
    const started = shop.spawn()
    await eventually("its database comes up", 60_000, () => shop.databasePid() && true)
    started.signal("SIGINT")
    await started.exited
    await shop.nothingIsLeft()
  })
})

describe("each way to end a shop ends its database", () => {
  it("goes on when its outputs are closed, and ends in order", async () => {
    const shop = await open()
    await shop.start()
    shop.process.closeOutputs()
    const front = new Storefront(shop.client)
    const sku = await front.putUp(2)
    // The loss of the database and its return are logged.
    await shop.killDatabase("postmaster")
    await eventually("it takes orders again", 60_000, async () => {
      if (shop.process.exit !== undefined) throw new Error("the closed outputs have ended it")
      const answer = await front.ask({ [sku]: 1 }).catch(() => undefined)
      return answer?.status === 201 ? true : undefined
    })
    expect(await shop.stop()).toEqual(clean)
    await shop.nothingIsLeft()
  })

  it.for<ReadonlyArray<NodeJS.Signals>>([
    ["SIGINT", "SIGINT"],
    ["SIGINT", "SIGTERM"],
    ["SIGHUP", "SIGHUP"],
    ["SIGQUIT", "SIGINT"]
  ])("ends by %s and %s 50 ms later", async ([first, second]) => {
    const shop = await open()
    await shop.start()
    const { process } = shop
    process.signal(first!)
    await setTimeout(50)
    process.signal(second!)
    await process.exited
    await shop.nothingIsLeft()
    expect(process.exit).toEqual(clean)
  })
})

describe("a shop that is given a database", () => {
  it("uses it, keeps its data across starts, and leaves it running", async () => {
    const postgres = await startPostgres()
    try {
      const nowhere = new URL(postgres.url)
      nowhere.pathname = "/nowhere"
      expect(await refusal(await open({ SOUK_DATABASE_URL: nowhere.href }))).toContain("nowhere")

      const shop = await open({ SOUK_DATABASE_URL: postgres.url })
      await shop.start()
      const front = new Storefront(shop.client)
      const { order } = await front.place({ [await front.putUp(1)]: 1 })
      expect(shop.databasePid()).toBeUndefined()
      await shop.killShop()
      await shop.start()
      expect(await front.order(order.id)).toEqual(order)

      const other = await open({ SOUK_DATABASE_URL: postgres.url })
      expect(await refusal(other)).toContain("another shop works on this database")
      expect(await shop.stop()).toEqual(clean)
      await shop.nothingIsLeft()
    } finally {
      await postgres.stop()
    }
  })

  it("refuses one that may lose commits, with a message", async () => {
    const postgres = await startPostgres({ fsync: "off" })
    try {
      const shop = await open({ SOUK_DATABASE_URL: postgres.url })
      expect(await refusal(shop)).toContain("fsync is off")
      await shop.nothingIsLeft()
    } finally {
      await postgres.stop()
    }
  })
})

const catalogue = (front: Storefront) =>
  front.client.read(Wire.list(Wire.Product), "/v1/products?limit=100")

/** How an order ended, or why that is unknown. */
const endOf = (outcome: PromiseSettledResult<Placed>): string =>
  outcome.status === "fulfilled" ? outcome.value.order.status : String(outcome.reason)

/** The command in the shop's output: from `curl` to the end of its quotes and lines. */
const exampleIn = (output: string): string => {
  const lines = output.split("\n")
  const start = lines.findIndex((line) => /^\s*curl\b/.test(line))
  if (start < 0) throw new Error(`no example to paste in:\n${output}`)
  const isWhole = (text: string) => !text.endsWith("\\") && text.split("'").length % 2 === 1
  const end = lines.findIndex(
    (_, index) => index >= start && isWhole(lines.slice(start, index + 1).join("\n"))
  )
  return lines.slice(start, end + 1).join("\n")
}
