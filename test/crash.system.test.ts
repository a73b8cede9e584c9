/** A shop under load is killed again and again; afterwards everything it ever said must be true. */
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest"
import * as Audit from "./support/Audit.ts"
import { groupBy } from "./support/audit/Evidence.ts"
import { spread } from "./support/Eventually.ts"
import { Load } from "./support/Load.ts"
import * as Nemesis from "./support/Nemesis.ts"
import { Random } from "./support/Random.ts"
import { Shop } from "./support/Shop.ts"

const callers = 20

/** At least twenty times the shop itself; the others come on top. */
const blows = { shop: 13, both: 6, start: 2, database: 4 }

/** On an idle machine a few minutes will do; where others work as well, a start takes long. */
const timeout = 1_200_000

/** How much of what the shop has said is shown when the test fails. */
const wordsMax = 6_000

const random = Random.fromEnvironment()
let shop: Shop

beforeAll(async () => {
  shop = await Shop.start()
})

afterAll(async () => {
  await shop?.close()
})

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const reportOn = (scars: ReadonlyArray<Nemesis.Scar>): void => {
  const byTarget = groupBy(scars, ({ target }) => target)
  for (const [target, all] of byTarget) {
    const recovery = spread(all.map(({ recoveryMs }) => recoveryMs))
    const inFlight = all.map((scar) => scar.inFlight).join(" ")
    say(`  ${target}: first 2xx after ${recovery}; in flight ${inFlight}`)
  }
  say(`  all: first 2xx after ${spread(scars.map(({ recoveryMs }) => recoveryMs))}`)
}

it("loses nothing, invents nothing and gets stuck nowhere", { timeout }, async () => {
  say(`crash test: SOUK_TEST_SEED=${random.seed} repeats its plan`)
  onTestFailed(() => say(`the shop said last:\n${shop.process.output.slice(-wordsMax)}`))
  const startedAtMs = performance.now()
  const load = new Load(shop.client, random)
  await load.furnish()
  load.start(callers)
  const scars: Array<Nemesis.Scar> = []
  for (const blow of Nemesis.plan(random.fork(), blows)) {
    scars.push(await Nemesis.strike(shop, load, blow))
    if (shop.process.exit !== undefined) throw new Error(`it ended:\n${shop.process.output}`)
  }
  const lastFaultAt = new Date().toISOString()
  say(`crash test: ${scars.length} kills in ${Math.round(performance.now() - startedAtMs)} ms`)
  reportOn(scars)
  await load.stop()
  await Audit.quiet(shop.client)
  const evidence = await Audit.collect(shop.client, load.log.entries, lastFaultAt)

  say(`  ${Audit.summary(evidence)}`)
  say(`  statuses ${JSON.stringify(Object.fromEntries(load.log.statuses))}`)

  expect(Audit.judge(evidence)).toEqual([])
  expect(load.log.statuses.get(500) ?? 0).toBe(0)

  // A test in which nothing happened must not pass.
  const hit = scars.filter(({ inFlight }) => inFlight > 0)
  expect(hit.length / scars.length).toBeGreaterThanOrEqual(0.8)
  const ends = groupBy([...evidence.orders.values()], ({ status }) => status)
  expect(ends.get("confirmed")?.length).toBeGreaterThan(100)
  expect(ends.get("cancelled")?.length).toBeGreaterThan(20)

  expect(await shop.stop()).toEqual({ code: 0, signal: null })
  await shop.nothingIsLeft()
})
