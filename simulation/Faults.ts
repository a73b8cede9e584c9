/** The faults of the simulation by name, and when each fault of a plan occurs. */

/** What triggers each kind: `step` a step of the world, the others the n-th such operation. */
export const kinds = {
  "kill -9": "step",
  "pause and wake": "step",
  "two owners": "step",
  "clock jump": "step",
  "journal outage": "step",
  "gateway outage": "step",
  "append fails": "append",
  "acknowledgement lost": "append",
  "commit comes late": "append",
  "slow commit": "append",
  "read fails": "read",
  "request lost": "call",
  "reply lost": "call",
  "request twice": "call",
  "request late": "call",
  "charged, then time-out": "gateway",
  "time-out, not charged": "gateway",
  "late success": "gateway",
  "gateway error": "gateway",
  "gateway asked twice": "gateway",
  "booked, then time-out": "carrier",
  "carrier error": "carrier",
  "client sends twice": "client",
  "webhook twice": "webhook",
  "webhook lost": "webhook",
  "runner joins": "step",
  "runner leaves": "step",
  "machine vanishes": "step",
  "lock session ends": "step",
  "lock session half open": "step",
  "one-way cut": "step",
  "database restart": "step",
  "connection breaks": "wire",
  "sent, then broken": "wire",
  "message stalls": "wire"
} as const

export type FaultKind = keyof typeof kinds
export type Trigger = (typeof kinds)[FaultKind]

const all = Object.keys(kinds).filter((kind): kind is FaultKind => kind in kinds)

/** Kinds only for runners that share the shards, and kinds only for processes that do not. */
const ofShared = new Set<FaultKind>([
  "runner joins",
  "runner leaves",
  "machine vanishes",
  "lock session ends",
  "lock session half open",
  "one-way cut",
  "database restart",
  "connection breaks",
  "sent, then broken",
  "message stalls"
])
const ofSplit = new Set<FaultKind>(["two owners"])

/** The kinds of one process that owns everything, and of several that share it. */
export const kindsOfOne = all.filter((kind) => !ofShared.has(kind))
export const kindsOfShared = all.filter((kind) => !ofSplit.has(kind))
export const faultKinds = all

export interface Fault {
  readonly kind: FaultKind
  /** Occurs at this step, or at the n-th append, read, call … counted from 0. */
  readonly nth: number
  /** How long it lasts, or by how much a clock jumps. */
  readonly ms: number
}

/** Gives the faults of one run at their triggers, until all faults end. */
export class FaultBook {
  isHealed = false
  readonly #waiting = new Map<string, Fault>()
  readonly #counts = new Map<Trigger, number>()
  readonly #struck: (kind: FaultKind) => void

  constructor(faults: ReadonlyArray<Fault>, struck: (kind: FaultKind) => void) {
    this.#struck = struck
    for (const fault of faults) this.#waiting.set(`${kinds[fault.kind]}/${fault.nth}`, fault)
  }

  /** The fault of the next append, read, call … if any. */
  take(trigger: Exclude<Trigger, "step">): Fault | undefined {
    const count = this.#counts.get(trigger) ?? 0
    this.#counts.set(trigger, count + 1)
    return this.#at(trigger, count)
  }

  atStep(step: number): Fault | undefined {
    return this.#at("step", step)
  }

  #at(trigger: Trigger, nth: number): Fault | undefined {
    const fault = this.#waiting.get(`${trigger}/${nth}`)
    if (fault === undefined || this.isHealed) return undefined
    this.#struck(fault.kind)
    return fault
  }
}
