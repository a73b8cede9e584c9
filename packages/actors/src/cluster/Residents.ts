/** The actors of one room that are in memory, each for one term of its shard at most. */
import type { Intent } from "@souk/domain/kernel/Saga"
import type { Clock } from "effect"
import type { Journal } from "../journal/Journal.ts"
import type { Lodger, ShardOwnershipShape } from "./ShardOwnership.ts"
import { leave, type Resident } from "./Resident.ts"

/** What tells where an actor belongs, and since when. */
export interface Place {
  readonly clock: Clock.Clock
  readonly ownership: ShardOwnershipShape
  /** The shard that an actor's id belongs to. */
  readonly shardOf: (id: string) => string
}

type Enqueue = Journal["Type"]["enqueue"]

export class Residents<State, Command, Event, Rejection, I extends Intent> implements Lodger {
  readonly #place: Place
  readonly #enqueue: Enqueue
  readonly #all = new Map<string, Resident<State, Command, Event, Rejection, I>>()
  /** Those who have left, and of whom an append is still under way. */
  readonly #leaving = new Set<Resident<State, Command, Event, Rejection, I>>()
  readonly #aggregateOf: (
    id: string,
    self: () => Resident<State, Command, Event, Rejection, I>
  ) => Resident<State, Command, Event, Rejection, I>["aggregate"]

  constructor(
    place: Place,
    enqueue: Enqueue,
    aggregateOf: (
      id: string,
      self: () => Resident<State, Command, Event, Rejection, I>
    ) => Resident<State, Command, Event, Rejection, I>["aggregate"]
  ) {
    this.#place = place
    this.#enqueue = enqueue
    this.#aggregateOf = aggregateOf
  }

  get size(): number {
    return this.#all.size
  }

  /** The actor, called up if need be; nothing while another process may own its shard. */
  at(id: string): Resident<State, Command, Event, Rejection, I> | undefined {
    const { clock, ownership, shardOf } = this.#place
    const nowMs = clock.unsafeCurrentTimeMillis()
    const found = this.#all.get(id)
    const shard = found?.shard ?? shardOf(id)
    const term = ownership.term(shard)
    if (found !== undefined) {
      found.lastUsedMs = nowMs
      if (found.term === term) return found
      this.#evict(found)
    }
    if (term === undefined) return undefined
    const resident: Resident<State, Command, Event, Rejection, I> = {
      id,
      shard,
      term,
      aggregate: this.#aggregateOf(id, () => resident),
      performing: new Set(),
      restWaiters: new Set(),
      requests: 0,
      appends: 0,
      lastUsedMs: nowMs
    }
    this.#all.set(id, resident)
    return resident
  }

  has(resident: Resident<State, Command, Event, Rejection, I>): boolean {
    return this.#all.get(resident.id) === resident
  }

  /** Lets an actor go that nobody needs. */
  drop(resident: Resident<State, Command, Event, Rejection, I>): void {
    if (this.has(resident)) this.#all.delete(resident.id)
  }

  /** Those whose term goes on; the others leave. */
  *present(): Generator<Resident<State, Command, Event, Rejection, I>> {
    for (const resident of this.#all.values()) if (this.check(resident)) yield resident
  }

  /** Whether the term of this actor goes on; if not, it leaves. */
  check(resident: Resident<State, Command, Event, Rejection, I>): boolean {
    const isHome = this.#isHome(resident)
    if (!isHome) this.#evict(resident)
    return isHome
  }

  /** Sends an append to the journal, and keeps it in mind until its fate is known. */
  enqueue(
    resident: Resident<State, Command, Event, Rejection, I>,
    ...[append, settled]: Parameters<Enqueue>
  ): void {
    resident.appends++
    this.#enqueue(append, (failure) => {
      resident.appends--
      if (resident.appends === 0) this.#leaving.delete(resident)
      if (failure !== undefined && !this.#isHome(resident)) this.#evict(resident)
      settled(failure)
    })
  }

  vacate(shard?: string): void {
    for (const resident of this.#all.values()) {
      if (shard === undefined || resident.shard === shard) this.#evict(resident)
    }
  }

  isVacant(shard?: string): boolean {
    for (const resident of this.#leaving) {
      if (shard === undefined || resident.shard === shard) return false
    }
    return true
  }

  #isHome({ shard, term }: Resident<State, Command, Event, Rejection, I>): boolean {
    return this.#place.ownership.term(shard) === term
  }

  #evict(resident: Resident<State, Command, Event, Rejection, I>): void {
    this.drop(resident)
    if (resident.appends > 0) this.#leaving.add(resident)
    leave(resident)
  }
}
