/** The result of a run for each guarantee, by the numbers of docs/RELIABILITY.md. */
import { checks } from "../test/support/Audit.ts"
import { type AuditInput, eventsOf } from "../test/support/audit/AuditInput.ts"
import type { HostileReport } from "./Hostile.ts"
import { type Failover, type Measures, quantile } from "./Measures.ts"
import type { FaultRecord } from "./Nemesis.ts"
import { type Gauges, grown, growthSlack } from "./Target.ts"

/** The results of a run that the table is made from. */
export interface Findings {
  readonly auditInput: AuditInput
  /** Where the journal differs from what was read before. */
  readonly rewritten: ReadonlyArray<string>
  readonly looks: number
  readonly records: ReadonlyArray<FaultRecord>
  readonly measures: Measures
  readonly hostile: HostileReport
  /** Responses that only a defect of the shop explains. */
  readonly errors: ReadonlyArray<string>
  /** Processes that ended without being killed. */
  readonly interventions: ReadonlyArray<string>
  readonly gauges: { readonly before: Gauges; readonly after: Gauges }
  readonly runners: number
}

/** A guarantee must hold on any machine; a time depends on the load of the machine. */
export type Nature = "promise" | "time" | "absent"

export interface Row {
  readonly name: string
  readonly measure: string
  readonly bound: string
  readonly found: string
  readonly nature: Nature
  readonly isMissed: boolean
  /** What exactly is wrong. */
  readonly details: ReadonlyArray<string>
}

/** Which line of the table each check of the audit belongs to. */
export const lineOf: Readonly<Record<string, string>> = {
  "everything acknowledged is there, once (I-1)": "A1",
  "nothing refused has left anything (I-2)": "A2",
  "no order was placed without a request": "A2",
  "every request got a definite answer in the end": "A3",
  "every saga has ended within 60 s of the last fault (I-20, I-50)": "A3",
  "no step is taken before the one it rests on, and none after the end (I-20, I-21)": "A3",
  "nothing asked of the provider is still open": "A3",
  "an order is authorised, captured and voided at most once in the provider's book (I-31)": "A4",
  "the provider's book and the shop's payments hold the same successes (I-33)": "A5",
  "captured, refunded and what is left of them are the same in both books": "A5",
  "0 ≤ refunded ≤ captured ≤ authorised for each payment (I-30)": "A5",
  "a kept order is paid in full, and a cancelled one holds no money (I-22)": "A5",
  "the provider was asked for no order but ours": "A5",
  "the journal and the provider's book are equal: key, kind, amount and currency (I-33)": "A5",
  "revenue is captured − refunded of the provider's book, by currency (I-32)": "A6",
  "available + reserved + committed = restocked + adjusted, none below 0 (I-40, I-41)": "A7",
  "no reservation outlives its order (I-42)": "A7",
  "each kept order has exactly its lines, and a cancelled one nothing (I-22, I-43)": "A7",
  "stock moves only for orders that exist, and for SKUs on their lines": "A7",
  "the versions of each stream are 1, 2, 3 … without a hole (I-4)": "A8",
  "positions rise, event by event (I-6)": "A8",
  "everything can be read": "A9",
  "every order of the journal is shown, and as the journal tells it": "A9",
  "an order's total is what its lines, tax and shipping come to (I-34)": "A9",
  "the stock that is shown is the stock of the journal": "A9",
  "the list has every payment, with the sums of the provider's book": "A9",
  "the same key answers the same, as often as it is asked (I-10, I-12, I-13)": "A11",
  "a command has its effect on a stream once, whatever the retries (I-10)": "A11"
}

const inFlightShareMin = 0.8
const recoveryMsMax = { process: 5_000, all: 10_000 } as const
const movedMsMax = 45_000
const othersSilentMsMax = 2_000
const successMin = 0.999
const slowerMax = 2

const ms = (value: number | undefined): string =>
  value === undefined ? "none" : `${(value / 1_000).toFixed(2)} s`

const none = (name: string, measure: string, of: string, details: ReadonlyArray<string>): Row => ({
  name,
  measure,
  bound: "0",
  found: `${details.length} of ${of}`,
  nature: "promise",
  isMissed: details.length > 0,
  details
})

const count = (number: number, noun: string): string => `${number} ${noun}`

const audited = ({ auditInput, looks, rewritten }: Findings): ReadonlyArray<Row> => {
  const broken = (name: string) =>
    checks
      .filter(({ says }) => lineOf[says] === name)
      .flatMap(({ find, says }) => find(auditInput).map((finding) => `${says}: ${finding}`))
  const { journal, ledger, log, orders, payments, replays, stock } = auditInput
  const ok = log.filter(({ outcome }) => outcome.class === "ok").length
  const failed = log.filter(({ outcome }) => outcome.class === "fail").length
  const units = eventsOf(auditInput, "inventory").length
  const events = count(journal.length, `events, read ${looks + 1} times`)
  const rows = count(orders.size + payments.size + stock.size, "orders, payments and SKUs")
  return [
    none("A1", "acknowledged and not there", count(ok, "acknowledged"), broken("A1")),
    none("A2", "refused, with an effect", count(failed, "refused"), broken("A2")),
    none("A3", "orders not at an end after 60 s", count(orders.size, "orders"), broken("A3")),
    none("A4", "orders charged twice", count(ledger.length, "entries"), broken("A4")),
    none("A5", "our books and the provider's", count(ledger.length, "entries"), broken("A5")),
    none("A6", "captured − refunded − revenue", "all currencies", broken("A6")),
    none("A7", "stock lost, oversold, held on", count(units, "movements"), broken("A7")),
    none("A8", "holes, doubles, rewritten past", events, [...broken("A8"), ...rewritten]),
    none("A9", "shown otherwise than the journal", rows, broken("A9")),
    none("A11", "one key, two answers or effects", count(replays.size, "keys"), broken("A11"))
  ]
}

const delivered: Row = {
  name: "A10",
  measure: "events not delivered to subscribers",
  bound: "0",
  found: "does not apply: Souk sends no webhooks of its own",
  nature: "absent",
  isMissed: false,
  details: []
}

const hostility = ({ hostile }: Findings): Row =>
  none("A12", "hostile requests: 5xx, told, taken", `${hostile.answered} answered`, hostile.wrong)

const vacuity = ({ auditInput, records }: Findings): Row => {
  const kills = records.filter(({ kind }) => kind !== "postgres" && kind !== "pause")
  const hit = kills.filter(({ inFlight }) => inFlight > 0).length
  const sold = [...auditInput.orders.values()].filter(({ status }) => status !== "cancelled").length
  const isIdle = sold <= kills.length
  return {
    name: "A13",
    measure: "kills with requests in flight",
    bound: "≥ 80 %, and orders kept",
    found: `${hit} of ${kills.length} (${Math.round((100 * hit) / kills.length)} %), ${sold} kept`,
    nature: "promise",
    isMissed: hit / kills.length < inFlightShareMin || isIdle,
    details: isIdle ? [`only ${sold} orders were kept in a run of ${kills.length} kills`] : []
  }
}

const worst = (values: ReadonlyArray<number | undefined>): number | undefined => {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

const recovery = ({ measures }: Findings): Row => {
  const { process = [], all = [] } = Object.fromEntries(measures.recoveryMs)
  const [one, whole] = [quantile(process, 0.99), quantile(all, 0.99)]
  return {
    name: "A14",
    measure: "kill to first good answer, 99 %",
    bound: "shop ≤ 5 s, with Postgres ≤ 10 s",
    found: `${ms(one)}, ${ms(whole)}`,
    nature: "time",
    isMissed: (one ?? 0) > recoveryMsMax.process || (whole ?? 0) > recoveryMsMax.all,
    details: []
  }
}

/** The same with several runners, where most of the shop continues to work. */
const failover = ({ measures }: Findings): Row => {
  const { failovers, recoveryMs } = measures
  const moved = failovers.flatMap(({ movedMs }) => movedMs ?? [])
  const silent = worst(failovers.map(({ othersSilentMs }) => othersSilentMs))
  const slowest = worst(moved)
  const all = quantile(recoveryMs.get("all") ?? [], 0.99)
  return {
    name: "A14",
    measure: "kill to first order on a moved shard",
    bound: "≤ 45 s; others wait ≤ 2 s for any; all killed ≤ 10 s",
    found: `median ${ms(quantile(moved, 0.5))}, most ${ms(slowest)}; ${ms(silent)}; ${ms(all)}`,
    nature: "time",
    isMissed:
      (slowest ?? movedMsMax + 1) > movedMsMax ||
      (silent ?? 0) > othersSilentMsMax ||
      (all ?? 0) > recoveryMsMax.all,
    details: [`on other shards: ${othersOf(failovers)}`]
  }
}

const othersOf = (failovers: ReadonlyArray<Failover>): string => {
  const times = failovers.flatMap(({ othersMs }) => othersMs)
  const [half, most, slowest] = [0.5, 0.95, 1].map((share) => ms(quantile(times, share)))
  return `${times.length} orders, median ${half}, 95 % within ${most}, slowest ${slowest}`
}

const calm = ({ measures }: Findings): Row => {
  const { after, before, outside } = measures
  const success = 1 - outside.failed / Math.max(1, outside.requests)
  const ratio = (after.p99Ms ?? 0) / (before.p99Ms ?? 1)
  return {
    name: "A15",
    measure: "outside faults: good answers; slower after",
    bound: "≥ 99.9 %; 99 % ≤ 2 times",
    found:
      `${(100 * success).toFixed(2)} % of ${outside.requests}; ` +
      `${ms(before.p99Ms)} before, ${ms(after.p99Ms)} after`,
    nature: "time",
    isMissed: success < successMin || ratio > slowerMax,
    details: Object.entries(outside.failures).map(([words, times]) => `${times} times: ${words}`)
  }
}

const growth = ({ gauges }: Findings): Row => {
  const { after, before } = gauges
  const details = grown(before, after).map((name) => `${name} grow`)
  const pair = (name: keyof Gauges) => `${before[name]} → ${after[name]}`
  return {
    name: "A16",
    measure: "handles, connections, MiB before and after",
    bound: `+10 % and ${growthSlack}; memory is told only`,
    found: `${pair("handles")}, ${pair("connections")}, ${pair("residentMiB")}`,
    nature: "time",
    isMissed: details.length > 0,
    details
  }
}

const inWords = ({ auditInput, errors }: Findings): Row =>
  none("A18", "answers of 500", count(auditInput.log.length, "wishes"), errors)

const alone = ({ interventions, records }: Findings): Row =>
  none("A17", "help from outside", `${records.length} faults`, interventions)

const numberOf = ({ name }: Row): number => Number(name.slice(1))

export const tableOf = (findings: Findings): ReadonlyArray<Row> =>
  [
    ...audited(findings),
    delivered,
    hostility(findings),
    vacuity(findings),
    findings.runners === 1 ? recovery(findings) : failover(findings),
    calm(findings),
    growth(findings),
    alone(findings),
    inWords(findings)
  ].toSorted((one, other) => numberOf(one) - numberOf(other))

export const missed = (rows: ReadonlyArray<Row>, nature?: Nature): ReadonlyArray<Row> =>
  rows.filter((row) => row.isMissed && (nature === undefined || row.nature === nature))

const verdictOf = ({ isMissed, nature }: Row): string =>
  nature === "absent" ? "-" : isMissed ? "MISSED" : "kept"

/** How many findings of one line are printed. */
const detailsMax = 8
const detailColumnsMax = 240

export const print = (rows: ReadonlyArray<Row>): string => {
  const cells = rows.map((row) => [row.name, row.measure, row.bound, row.found, verdictOf(row)])
  const all = [["", "measure", "must be", "found", ""], ...cells]
  const widths = all[0]!.map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0))
  )
  const lines = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  )
  const details = rows.flatMap(({ details, isMissed, name }) => [
    ...details
      .slice(0, detailsMax)
      .map((detail) => `${name}: ${detail}`.slice(0, detailColumnsMax)),
    ...(isMissed && details.length > detailsMax
      ? [`${name}: and ${details.length - detailsMax} more`]
      : [])
  ])
  return [...lines, ...(details.length > 0 ? ["", ...details] : [])].join("\n")
}
