/** One crash test from the first order to the verdict. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Audit from "../test/support/Audit.ts"
import { Load } from "../test/support/Load.ts"
import { Random } from "../test/support/Random.ts"
import * as Control from "./Control.ts"
import { openLog } from "./FsyncedLog.ts"
import { type Gateway, startGateway } from "./Gateway.ts"
import { attack } from "./Hostile.ts"
import { measure, type Measures, type Span } from "./Measures.ts"
import { answers, plan, type FaultRecord, strike } from "./Nemesis.ts"
import type { Options } from "./Options.ts"
import { Prefix } from "./Prefix.ts"
import { missed, type Row, tableOf } from "./Table.ts"
import { startRunners } from "./RunnersTarget.ts"
import { startShop } from "./ShopTarget.ts"
import { gaugeAfter, type Target } from "./Target.ts"

/** The provider's test cards, and how often each is used. */
const cards = {
  pm_card_visa: 70,
  pm_card_mastercard: 15,
  pm_card_chargeDeclined: 3,
  pm_card_chargeDeclinedInsufficientFunds: 3,
  pm_card_threeDSecure2Required: 6
}

const outputMax = 6_000

export interface Report {
  readonly options: Options
  readonly seconds: number
  readonly rows: ReadonlyArray<Row>
  /** How often each fault was injected, and each fault of the provider occurred. */
  readonly faults: Readonly<Record<string, number>>
  readonly measures: Measures
  readonly statuses: Readonly<Record<string, number>>
  readonly summary: string
  /** Where the logs are, if a line of the table is missed. */
  readonly logs: string | undefined
}

type Say = (line: string) => void

export const run = async (options: Options, say: Say): Promise<Report> => {
  const directory = await mkdtemp(join(tmpdir(), "souk-crash-"))
  const gateway = await startGateway(join(directory, "provider.log"), options.seed)
  const log = await openLog(join(directory, "client.log"))
  const environment = { ...gateway.environment, ...Control.environmentOf(options.control) }
  let target: Target | undefined
  let isKept = false
  try {
    target =
      options.runners === 1
        ? await startShop(environment)
        : await startRunners(options.runners, environment)
    gateway.sendWebhooksTo(target.urls)
    const random = new Random(options.seed)
    const load = new Load(target.client, random, { cards, keep: log.write })
    const report = await injectFaults(options, { target, gateway, load, random, directory }, say)
    isKept = report.logs !== undefined
    return report
  } catch (error) {
    if (target !== undefined) say(`the shop said last:\n${target.output().slice(-outputMax)}`)
    throw error
  } finally {
    await target?.close()
    await gateway.stop()
    await log.close()
    if (!isKept) await rm(directory, { recursive: true, force: true })
  }
}

interface Parts {
  readonly target: Target
  readonly gateway: Gateway
  readonly load: Load
  readonly random: Random
  readonly directory: string
}

const tally = (words: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** The given number of successful responses without faults, and their time span. */
const calm = async (load: Load, count: number) => {
  const fromMs = performance.now()
  await answers(load, count)
  return [fromMs, performance.now()] as const
}

/** Everything needed to find the cause; lists as lines of JSON. */
const keepLogs = async (
  directory: string,
  journal: ReadonlyArray<object>,
  records: ReadonlyArray<FaultRecord>,
  output: string
) => {
  const linesOf = (all: ReadonlyArray<object>) => all.map((one) => JSON.stringify(one)).join("\n")
  await writeFile(join(directory, "journal.log"), linesOf(journal))
  const blows = records.map((record) => ({ ...record, shards: [...record.shards] }))
  await writeFile(join(directory, "blows.log"), linesOf(blows))
  await writeFile(join(directory, "shop.log"), output)
}

const wordsOf = ({ atMs, detail, done, inFlight, servedAtMs }: FaultRecord): string =>
  [done, `${inFlight} in flight`, `${Math.round(servedAtMs - atMs)} ms`, detail]
    .filter((part) => part !== undefined)
    .join("; ")

/** A broken build that is stuck does not recover, so a shorter wait is enough. */
const isHopeless = ({ control }: Options, interventions: ReadonlyArray<string>): boolean =>
  control !== undefined && interventions.length > 0

const errorsIn = ({ log }: Load): ReadonlyArray<string> =>
  log.attempts.flatMap(({ id, outcome }) =>
    outcome.status === 500 ? [`${log.intentOf(id).mark}: ${outcome.text}`] : []
  )

/** Prints each line with the seconds since the start. */
const stopwatch = (say: Say) => {
  const startedAtMs = performance.now()
  const seconds = () => Math.round((performance.now() - startedAtMs) / 1_000)
  return { seconds, tell: (what: string) => say(`${seconds()} s: ${what}`) }
}

/** Load, faults, settling and audit: everything between the start of a shop and its end. */
const injectFaults = async (options: Options, parts: Parts, say: Say): Promise<Report> => {
  const { directory, gateway, load, random, target } = parts
  const { seconds, tell } = stopwatch(say)
  const blows = plan(random.fork(), options)
  await load.seed()
  load.start(options.callers)
  const endHostility = attack(target.urls, target.adminKey, random.fork())
  await answers(load, options.callers) // Whatever is slow for the first time only.
  const before = await calm(load, options.calmAnswers)
  const gaugedBefore = await target.gauge()

  const records: Array<FaultRecord> = []
  const interventions: Array<string> = []
  const prefix = new Prefix()
  let after: Span = [performance.now(), performance.now()]
  let lastFaultAt = new Date().toISOString()
  try {
    for (const [index, plan] of blows.entries()) {
      const record = await strike(target, load, plan)
      records.push(record)
      tell(`${index + 1}/${blows.length} ${wordsOf(record)}`)
      interventions.push(...(await target.mend()))
      if (index % 5 === 0) await prefix.look(target.client)
    }
    gateway.heal()
    lastFaultAt = new Date().toISOString()
    await answers(load, options.callers)
    after = await calm(load, options.calmAnswers)
  } catch (error) {
    // A shop that is stuck is audited in this state; an operator would have to repair it.
    gateway.heal()
    lastFaultAt = new Date().toISOString()
    tell(`it goes no further: ${error}`)
    interventions.push(`after ${records.length} faults: ${error}`)
  }
  tell("the last answers")
  const gaugedAfter = await gaugeAfter(target, gaugedBefore)
  const hostile = await endHostility()
  await load.stop()
  tell("rest")
  if (!isHopeless(options, interventions)) await Audit.quiet(target.client)
  tell("audit")
  const auditInput = await Audit.collect(target.client, load.log.entries, lastFaultAt, gateway.book)
  const measures = measure(load.log, gateway.heldUp(), records, before, after)
  const rows = tableOf({
    auditInput,
    rewritten: prefix.differences(auditInput.journal),
    looks: prefix.looks,
    records,
    measures,
    hostile,
    errors: errorsIn(load),
    interventions: [...interventions, ...(await target.mend())],
    gauges: { before: gaugedBefore, after: gaugedAfter },
    runners: options.runners
  })
  const isMissed = missed(rows).length > 0
  if (isMissed) await keepLogs(directory, auditInput.journal, records, target.output())
  return {
    options,
    logs: isMissed ? directory : undefined,
    seconds: seconds(),
    rows,
    faults: Object.fromEntries([...tally(records.map(({ done }) => done)), ...gateway.faults()]),
    measures,
    statuses: Object.fromEntries(load.log.statuses),
    summary: Audit.summary(auditInput)
  }
}
