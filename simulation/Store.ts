/**
 * The simulated journal and its reminders, shared by all simulated processes. A commit
 * has one of four fates: it fails; it is applied and acknowledged; it is applied and the
 * acknowledgement is lost; it is applied after the caller was told that it had failed. The contract
 * test of the journals compares it with the real one.
 */
import * as Batch from "@souk/actors/journal/Batch"
import {
  type Append,
  type AppendFailure,
  JournalUnavailable,
  type Loaded,
  type Recorded,
  type ReminderChange,
  type Session,
  type StreamId
} from "@souk/actors/journal/Journal"
import type { DueReminder, Reminder } from "@souk/actors/reminder/Reminder"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Either, Option } from "effect"
import type { Fault, FaultBook } from "./Faults.ts"
import type { Owner, World } from "./World.ts"

/** What a journal must do; mutants break one each. */
export interface StoreRules {
  readonly hasFence: boolean
  /** Whether a lost race is reported, or ignored as "on conflict do nothing" would. */
  readonly tellsConflicts: boolean
  readonly isAtomic: boolean
  /** Whether an append is acknowledged before it is committed. */
  readonly acknowledgesEarly: boolean
  /** When an event gets its position: as it is committed, or already as it arrives. */
  readonly numbersAt: "commit" | "arrival"
  readonly keepsReminders: boolean
  /** Whether it reports to an actor that another instance has written since. */
  readonly tellsNews: boolean
}

export const soundRules: StoreRules = {
  hasFence: true,
  tellsConflicts: true,
  isAtomic: true,
  acknowledgesEarly: false,
  numbersAt: "commit",
  keepsReminders: true,
  tellsNews: true
}

type Settled = (failure: AppendFailure | undefined) => void

const unavailable = () => new JournalUnavailable({ cause: "simulated" })

export class Store {
  isDown = false
  /** How many appends the fence refused. */
  fenced = 0
  readonly rows: Array<Recorded> = []
  readonly #streams = new Map<StreamId, Array<Recorded>>()
  readonly #reminders = new Map<string, Reminder & { atMs: number; attempts: number }>()
  readonly #lastMs = {
    commit: new WeakMap<Session, number>(),
    ack: new WeakMap<Session, number>()
  }
  readonly #world: World
  readonly #faults: FaultBook
  readonly #rules: StoreRules
  readonly #delayMs: (label: string) => number
  readonly #committed: (rows: ReadonlyArray<Recorded>) => void
  /** Appends that were sent and are not resolved. */
  readonly #underWay = new Set<Append>()
  readonly #behind: Array<{ readonly before: Set<Append>; readonly done: () => void }> = []
  #arrived = 0

  constructor(
    world: World,
    faults: FaultBook,
    rules: StoreRules,
    delayMs: (label: string) => number,
    committed: (rows: ReadonlyArray<Recorded>) => void
  ) {
    this.#world = world
    this.#faults = faults
    this.#rules = rules
    this.#delayMs = delayMs
    this.#committed = committed
  }

  enqueue(owner: Owner, append: Append, settled: Settled): void {
    const { session, stream } = append
    const admitted = Batch.admit(append, settled, undefined)
    const label = `${stream}@${append.expected}`
    const tell = (failure: AppendFailure | undefined, delayMs: number) => {
      if (failure !== undefined) session.isBroken = true
      const outcome = failure === undefined ? "committed" : failure._tag
      const inOrderMs = this.#after(session, "ack", delayMs)
      this.#world.schedule(inOrderMs, `${outcome} ${label}`, () => settled(failure), owner)
    }
    if (admitted instanceof Error) return tell(admitted, 0)
    const fault = this.#faults.take("append")
    const slowMs = fault?.kind === "slow commit" ? fault.ms : 0
    const delayMs = this.#after(session, "commit", this.#delayMs(`commit ${label}`) + slowMs)
    const first = this.#arrived + 1
    this.#arrived += append.entries.length
    const isEarly = this.#rules.acknowledgesEarly
    if (isEarly) tell(undefined, 0)
    this.#underWay.add(append)
    this.#world.schedule(delayMs, `commit ${label}`, () => {
      const failure = this.#attempt(admitted, fault, first)
      this.#arrive(append)
      if (!isEarly) tell(failure, this.#delayMs(`ack ${label}`))
    })
  }

  /** Replies when all earlier appends are resolved; false when the journal is unavailable. */
  settleOthers(owner: Owner, done: (isSettled: boolean) => void): void {
    const tell = (isSettled: boolean) =>
      this.#world.schedule(this.#delayMs("settled"), "settled", () => done(isSettled), owner)
    this.#world.schedule(this.#delayMs("settle"), "settle", () => {
      if (this.isDown) return tell(false)
      if (this.#underWay.size === 0) return tell(true)
      this.#behind.push({ before: new Set(this.#underWay), done: () => tell(true) })
    })
  }

  load(
    owner: Owner,
    stream: StreamId,
    done: (loaded: Either.Either<Loaded, JournalUnavailable>) => void
  ) {
    this.#read(owner, `load ${stream}`, done, () => ({
      snapshot: Option.none(),
      events: this.stream(stream).slice()
    }))
  }

  has(
    owner: Owner,
    stream: StreamId,
    commandId: string,
    done: (has: Either.Either<boolean, JournalUnavailable>) => void
  ) {
    this.#read(owner, `has ${commandId}`, done, () =>
      this.stream(stream).some(({ metadata }) => metadata.commandId === commandId)
    )
  }

  readStream(
    owner: Owner,
    stream: StreamId,
    after: number,
    limit: number,
    done: (events: Either.Either<ReadonlyArray<Recorded>, JournalUnavailable>) => void
  ) {
    this.#read(owner, `newer ${stream}`, done, () =>
      this.#rules.tellsNews ? this.stream(stream).slice(after, after + limit) : []
    )
  }

  /** At most `limit` events after a position, in the order of positions. */
  readAll(after: number, limit: number): ReadonlyArray<Recorded> {
    return this.rows
      .filter(({ position }) => position > after)
      .toSorted((one, other) => one.position - other.position)
      .slice(0, limit)
  }

  stream(stream: StreamId): ReadonlyArray<Recorded> {
    return this.#streams.get(stream) ?? []
  }

  get isNothingDue(): boolean {
    return this.#reminders.size === 0
  }

  claim(limit: number, leaseMs: number, leaseMsMax: number): ReadonlyArray<DueReminder> {
    const { nowMs } = this.#world
    const taken = [...this.#reminders.values()]
      .filter(({ atMs }) => atMs <= nowMs)
      .toSorted((one, other) => one.atMs - other.atMs)
      .slice(0, limit)
    return taken.map((row) => {
      const { attempts, name, stream } = row
      row.atMs = nowMs + Math.min(leaseMs * 2 ** attempts, leaseMsMax)
      row.attempts++
      return { stream, name, attempts }
    })
  }

  /** Appends of one session are committed, and answered, in the order of their calls. */
  #after(session: Session, what: "commit" | "ack", delayMs: number): number {
    const lastMs = this.#lastMs[what].get(session) ?? 0
    const atMs = Math.max(lastMs + 1, this.#world.nowMs + delayMs)
    this.#lastMs[what].set(session, atMs)
    return atMs - this.#world.nowMs
  }

  #read<A>(
    owner: Owner,
    label: string,
    done: (read: Either.Either<A, JournalUnavailable>) => void,
    read: () => A
  ): void {
    const hasFailed = this.#faults.take("read") !== undefined
    this.#world.schedule(this.#delayMs(label), label, () => {
      const result = hasFailed || this.isDown ? Either.left(unavailable()) : Either.right(read())
      this.#world.schedule(
        this.#delayMs(`${label} back`),
        `${label} back`,
        () => done(result),
        owner
      )
    })
  }

  #arrive(append: Append): void {
    this.#underWay.delete(append)
    for (const { before, done } of this.#behind) {
      if (before.delete(append) && before.size === 0) done()
    }
  }

  #attempt(
    waiting: Batch.Waiting,
    fault: Fault | undefined,
    first: number
  ): AppendFailure | undefined {
    if (this.isDown || fault?.kind === "append fails") return unavailable()
    // Appends after a lost one of the same session are never sent, so that none arrives late.
    if (fault?.kind === "commit comes late" && !waiting.append.session.isBroken) {
      const { expected, stream } = waiting.append
      this.#world.schedule(fault.ms, `late commit ${stream}@${expected}`, () => {
        this.#write(waiting, first, true)
      })
      return unavailable()
    }
    const failure = this.#write(waiting, first, false)
    return fault?.kind === "acknowledgement lost" ? unavailable() : failure
  }

  #write(
    { append, metadata, payloads }: Batch.Waiting,
    first: number,
    isLate: boolean
  ): AppendFailure | undefined {
    const { entries, expected, reminders, session, stream } = append
    const rows = this.#streams.get(stream) ?? []
    const isLost = rows.length !== expected || (session.isBroken && !isLate)
    if (isLost && this.#rules.hasFence) {
      this.fenced++
      session.isBroken = true
      return this.#rules.tellsConflicts ? Batch.conflict(append) : undefined
    }
    const payloadOf = payloads.split("\n")
    const metadataOf = metadata.split("\n")
    const count = this.#rules.isAtomic ? entries.length : 1
    const added = entries.slice(0, count).map(({ schemaVersion, type }, index): Recorded => ({
      position: this.#rules.numbersAt === "commit" ? this.rows.length + index + 1 : first + index,
      stream,
      version: rows.length + index + 1,
      type,
      schemaVersion,
      payload: JSON.parse(payloadOf[index] ?? ""),
      metadata: JSON.parse(metadataOf[index] ?? ""),
      recordedAt: Timestamp.fromMillis(this.#world.nowMs)
    }))
    rows.push(...added)
    this.rows.push(...added)
    this.#streams.set(stream, rows)
    for (const change of reminders) this.#remind(stream, change)
    this.#committed(added)
    return undefined
  }

  #remind(stream: StreamId, change: ReminderChange): void {
    const { name } = change
    const key = `${stream}\n${name}`
    if (change._tag === "Clear") return void this.#reminders.delete(key)
    if (!this.#rules.keepsReminders) return
    const { at, inMs } = change.due
    const atMs = at === undefined ? this.#world.nowMs + inMs : Timestamp.toMillis(at)
    this.#reminders.set(key, { stream, name, atMs, attempts: 0 })
  }
}
