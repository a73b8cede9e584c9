/**
 * Three runners on one Postgres, under load from the first test to the last: killed, stopped,
 * frozen, cut off from their locks and from the database. Afterwards the audit must pass. Over
 * both transports.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Audit from "./support/Audit.ts"
import { groupBy } from "./support/audit/AuditInput.ts"
import { decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { Load } from "./support/Load.ts"
import { Random } from "./support/Random.ts"
import { type Runner, Runners, shardOf } from "./support/Runners.ts"
import * as Wire from "./support/Wire.ts"
import * as RequestGenerator from "./support/RequestGenerator.ts"

const callers = 9

/** From the death of a runner to the first order confirmed on one of its shards. */
const failoverMsMax = 10_000

const transports = {
  own: {},
  library: { SOUK_RUNNER_TRANSPORT: "library" }
} satisfies Record<string, Readonly<Record<string, string>>>

describe.each(Object.entries(transports))("over the %s transport", (_, environment) => {
  const random = Random.fromEnvironment()
  let cluster: Runners
  let load: Load
  let last: Runner
  let lastFaultAt: string

  beforeAll(async () => {
    cluster = await Runners.start(3, environment)
    load = new Load(cluster.client, random)
    await eventually("a runner is ready", 30_000, () => cluster.client.isReady())
    await load.seed()
    last = cluster.runners[2]!
    load.start(callers)
    await someAnswers()
  })

  afterAll(async () => {
    await cluster?.close()
  })

  const say = (text: string): void => {
    process.stdout.write(`${text}\n`)
  }

  const someAnswers = async () => {
    const before = load.log.okCount
    await eventually("orders succeed", 60_000, () =>
      load.log.okCount - before >= 40 ? true : undefined
    )
  }

  /** Responses that no client should get, and requests without one (0), since the count began. */
  const failures = () => {
    const counts = new Map(load.log.statuses)
    return () =>
      [...load.log.statuses]
        .filter(([status]) => status === 0 || status >= 500)
        .map(([status, count]) => [status, count - (counts.get(status) ?? 0)] as const)
        .filter(([, count]) => count > 0)
  }

  let marks = 0

  /** Places an order for something whose stock is not on any of these shards. */
  const order = async (apartFrom: ReadonlySet<number>) => {
    const good = RequestGenerator.staples.find(({ sku }) => !apartFrom.has(shardOf(sku)))
    if (good === undefined) throw new Error("all the goods are on the shards in question")
    const mark = `probe-${random.seed}-${marks++}`
    const body = RequestGenerator.orderBody([{ sku: good.sku, quantity: 1 }], {
      metadata: { mark }
    })
    const intent = { kind: "order", mark, key: mark, path: "/v1/orders", body } as const
    const startMs = performance.now()
    const headers = { "idempotency-key": mark, prefer: "wait=20" }
    const outcome = await load.log.attempt(load.log.intend(intent), () =>
      cluster.client.post(intent.path, body, headers)
    )
    const { id, status } = decode(Wire.Order, { ...outcome, headers: new Headers() })
    return { shard: shardOf(id), status, ms: performance.now() - startMs }
  }

  const names = (word: string) => Array.from({ length: 1_000 }, (_, index) => `${word}-${index}`)

  const receive = async ({ client }: Runner, sku: string, reference: string) => {
    const headers = { "idempotency-key": `${sku}-${reference}` }
    const body = { quantity: 7, reference }
    return decode(Wire.Stock, await client.post(`/v1/inventory/${sku}/receipts`, body, headers))
  }

  it("confirms orders on a killed runner's shards after seconds, others at once", async () => {
    say(`runners: SOUK_TEST_SEED=${random.seed}`)
    const lost = await cluster.shardsOf(last)
    expect(lost.size).toBeGreaterThan(0)
    await load.nextPost()
    const killedAtMs = performance.now()
    await last.kill()
    const moved: Array<number> = []
    const others: Array<number> = []
    const shopper = async () => {
      while (moved.length < 3) {
        const { ms, shard, status } = await order(lost)
        expect(status).toBe("confirmed")
        if (lost.has(shard)) moved.push(performance.now() - killedAtMs)
        else others.push(ms)
      }
    }
    await Promise.all(Array.from({ length: 6 }, shopper))
    say(`  first orders on moved shards: ${moved.map(Math.round).join(", ")} ms after the kill`)
    say(`  others took ${others.map(Math.round).join(", ")} ms`)
    expect(Math.min(...moved)).toBeLessThan(failoverMsMax)
    expect(others.length).toBeGreaterThan(0)
  })

  it("adds a runner under load, and stops one, without one failed request", async () => {
    await someAnswers()
    const failed = failures()
    last.spawn()
    await last.untilReady()
    await cluster.untilShared()
    await someAnswers()
    expect(failed()).toEqual([])
    expect(await cluster.runners[1]!.stop()).toEqual({ code: 0, signal: null })
    await cluster.untilShared([cluster.runners[0]!, last])
    await someAnswers()
    expect(failed()).toEqual([])
  })

  it("loses the session of its locks without a failed request", async () => {
    const [first] = cluster.runners
    const failed = failures()
    await cluster.endLockSession(first!)
    await cluster.untilShared([first!, last])
    await someAnswers()
    expect(failed()).toEqual([])
  })

  it("works without a frozen runner, which returns no old state when it resumes", async () => {
    const [awake] = cluster.runners
    const owned = await cluster.shardsOf(last)
    // An item in the memory of the one that is about to freeze.
    const sku = names("THAW").find((name) => owned.has(shardOf(name)))!
    const price = { amountMinor: 100, currency: "EUR" }
    decode(Wire.Product, await cluster.client.put(`/v1/products/${sku}`, { name: sku, price }))
    const before = await receive(last, sku, "before")
    last.process.signal("SIGSTOP")
    await cluster.untilShared([awake!])
    const meanwhile = await receive(awake!, sku, "meanwhile")
    expect(meanwhile.version).toBe(before.version + 1)
    last.process.signal("SIGCONT")
    // It may answer 503, because all its timers fire at once; any other response must be right.
    const woken = await eventually("the resumed runner responds", 30_000, async () => {
      const answer = await last.client.get(`/v1/inventory/${sku}`)
      if (answer.status !== 503) return decode(Wire.Stock, answer)
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
      return undefined
    })
    expect(woken).toEqual(meanwhile)
    await cluster.untilShared([awake!, last])
    await someAnswers()
  })

  it("survives a Postgres that stops at once and comes back", async () => {
    const [first] = cluster.runners
    cluster.postgres.crash()
    lastFaultAt = new Date().toISOString()
    await someAnswers()
    await cluster.untilShared([first!, last])
    expect([first!.process.exit, last.process.exit]).toEqual([undefined, undefined])
  })

  it("passes the audit", async () => {
    await load.stop()
    await Audit.quiet(cluster.client)
    const auditInput = await Audit.collect(cluster.client, load.log.entries, lastFaultAt)
    say(`  ${Audit.summary(auditInput)}`)
    say(`  statuses ${JSON.stringify(Object.fromEntries(load.log.statuses))}`)
    expect(Audit.judge(auditInput)).toEqual([])
    expect(load.log.statuses.get(500) ?? 0).toBe(0)
    const ends = groupBy([...auditInput.orders.values()], ({ status }) => status)
    expect(ends.get("confirmed")?.length).toBeGreaterThan(50)
  })
})
