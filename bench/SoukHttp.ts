/** Souk behind its HTTP, in one process or in several that share one Postgres. */
import { type ChildProcess, fork } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import { freePort } from "./Postgres.ts"
import { auditJournal } from "./SoukAudit.ts"
import { type Client, makeClient } from "./SoukClient.ts"
import type { Start, Word } from "./SoukServer.ts"
import { prefix } from "./SoukShop.ts"
import {
  type AuditedStock,
  type Contender,
  type Order,
  type Outcome,
  priceOf,
  type ProviderLedger,
  type Running,
  type Shelves
} from "./Work.ts"

interface Server {
  readonly pid: number
  readonly client: Client
  readonly ledger: () => Promise<ProviderLedger>
  readonly stop: () => Promise<void>
}

/** How long a server may take to end before it is killed. */
const endMsMax = 20_000

const startServer = async (start: Start): Promise<Server> => {
  const isSource = import.meta.url.endsWith(".ts")
  const child = fork(new URL(`./SoukServer.${isSource ? "ts" : "js"}`, import.meta.url), {
    // As `npm start` has it.
    execArgv: ["--max-semi-space-size=64", ...(isSource ? process.execArgv : [])],
    stdio: ["ignore", process.stderr, "inherit", "ipc"]
  })
  const abandon = () => child.kill("SIGKILL")
  process.once("exit", abandon)
  child.send(start)
  const first = await heard(child)
  if (first._tag !== "Listening") throw new Error(`Souk did not start: ${JSON.stringify(first)}`)
  const client = makeClient(first.port, start.adminKey)
  return {
    pid: child.pid ?? 0,
    client,
    ledger: async () => {
      child.send("ledger")
      const word = await heard(child)
      if (word._tag !== "Ledger") throw new Error(`${word._tag} where a ledger was due`)
      return { captures: new Map(word.captures), shipments: new Map(word.shipments) }
    },
    stop: async () => {
      client.close()
      const ended = once(child, "exit")
      const killed = setTimeout(abandon, endMsMax)
      child.disconnect()
      await ended
      clearTimeout(killed)
      process.off("exit", abandon)
    }
  }
}

const heard = async (child: ChildProcess): Promise<Word> => {
  const ended = new AbortController()
  const { signal } = ended
  const gone = once(child, "exit", { signal }).then((): Word => {
    return { _tag: "Failed", reason: "the process ended" }
  })
  gone.catch(() => {}) // The end is not awaited any more.
  const word = once(child, "message", { signal }).then(([word]): Word => word)
  word.catch(() => {})
  try {
    return await Promise.race([word, gone])
  } finally {
    ended.abort()
  }
}

const shards = 300
const shareMsMax = 60_000

/** Runners share the shards within some seconds of their start; nothing is measured before. */
const untilShared = async (databaseUrl: string, runners: number): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (let waited = 0; waited < shareMsMax; waited += 250) {
      const { rows } = await client.query<{ owned: number }>(ownedByRunner)
      const owned = rows.reduce((sum, row) => sum + row.owned, 0)
      if (rows.length === runners && owned === shards) return
      await sleep(250)
    }
  } finally {
    await client.end()
  }
  throw new Error(`${runners} runners did not share the shards within ${shareMsMax} ms`)
}

const ownedByRunner = `
  SELECT count(*)::integer AS owned
  FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
  WHERE held.locktype = 'advisory' AND held.objsubid = 1 AND held.granted
    AND activity.datname = current_database()
    AND activity.application_name LIKE 'souk shards, pid % on %'
  GROUP BY activity.application_name`

const expect = (answer: { readonly status: number; readonly body: object }, what: string) => {
  if (answer.status < 300) return answer.body
  throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`)
}

const fillShelves = async ({ send }: Client, shelves: Shelves): Promise<void> => {
  for (const { onHand, sku } of shelves) {
    const product = { name: "Thing", price: { amountMinor: priceOf(sku), currency: "EUR" } }
    expect(await send("PUT", `/v1/products/${sku}`, product), "a product")
    const key = { "idempotency-key": `receive-${sku}` }
    const receipt = { quantity: onHand }
    expect(await send("POST", `/v1/inventory/${sku}/receipts`, receipt, key), "a receipt")
  }
}

const bodyOf = ({ customer, lines }: Order) => ({
  customerId: customer,
  lines: lines.map(({ quantity, sku }) => ({ sku, quantity })),
  shippingAddress: {
    name: "Ada",
    line1: "Street 1",
    city: "Utrecht",
    postalCode: "3511",
    country: "NL"
  },
  paymentMethod: { type: "card", token: "pm_card_visa" }
})

const stockOf = async ({ send }: Client, sku: string): Promise<AuditedStock> => {
  const { body, status } = await send("GET", `/v1/inventory/${sku}`)
  if (status !== 200) throw new Error(`no stock of ${sku}: ${status}`)
  return { sku, onHand: Number(body["onHand"]), reserved: Number(body["reserved"]) }
}

const run = (
  servers: readonly [Server, ...ReadonlyArray<Server>],
  databaseUrl: string,
  shelves: Shelves
): Running => {
  /** The benchmark's ids by Souk's, which are derived from the key. */
  const ids = new Map<string, string>()
  let turn = 0
  const own = (id: string) => ids.get(id) ?? id
  return {
    processes: servers.map(({ pid }) => pid),
    placeOrder: async (order): Promise<Outcome> => {
      const { client } = servers[turn++ % servers.length] ?? servers[0]
      const headers = { "idempotency-key": order.id, prefer: "wait=30" }
      const { body, status } = await client.send("POST", "/v1/orders", bodyOf(order), headers)
      ids.set(String(body["id"]).slice(prefix.length), order.id)
      const outcome = body["status"]
      if (outcome === "confirmed" || outcome === "cancelled") return outcome
      throw new Error(`order ${order.id}: ${status} ${JSON.stringify(body)}`)
    },
    audit: async () => {
      const captures = new Map<string, ReadonlyArray<number>>()
      const shipments = new Map<string, number>()
      for (const { ledger } of servers) {
        const book = await ledger()
        for (const [id, amounts] of book.captures) {
          captures.set(own(id), [...(captures.get(own(id)) ?? []), ...amounts])
        }
        for (const [id, count] of book.shipments) {
          shipments.set(own(id), (shipments.get(own(id)) ?? 0) + count)
        }
      }
      const orders = await auditJournal(databaseUrl, prefix)
      const stock: Array<AuditedStock> = []
      for (const { sku } of shelves) stock.push(await stockOf(servers[0].client, sku))
      return {
        orders: orders.map((order) => ({ ...order, id: own(order.id) })),
        stock,
        ledger: { captures, shipments }
      }
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()))
    }
  }
}

const addressOf = async () => ({ host: "127.0.0.1", port: await freePort() })

const makeContender = (name: string, runners: number): Contender => ({
  name,
  start: async (databaseUrl, shelves) => {
    const adminKey = `sk_${randomBytes(24).toString("hex")}`
    const startOne = async () => {
      const address = runners === 1 ? null : await addressOf()
      const runner = address === null ? null : { address, listen: address }
      return startServer({ databaseUrl, adminKey, runner })
    }
    const first = await startOne()
    const others = await Promise.all(Array.from({ length: runners - 1 }, startOne))
    if (runners > 1) await untilShared(databaseUrl, runners)
    await fillShelves(first.client, shelves)
    return run([first, ...others], databaseUrl, shelves)
  }
})

/** The load comes from this process; another one serves it. */
export const contender: Contender = makeContender("soukHttp", 1)

export const twoRunners: Contender = makeContender("soukRunners", 2)
