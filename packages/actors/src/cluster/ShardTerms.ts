/**
 * Keeps book of the terms of shards, by watching all that the cluster does with its locks.
 *
 * The locks belong to a session of Postgres that the server ends after `sessionIdleMsMax` of
 * silence. Each answer over it proves that they were ours when we asked; for `leaseMs` from then on
 * they still are, whatever happens to this process. After that, or after the least trouble with
 * the session, nothing in memory is trusted until the next answer, and all terms begin anew.
 *
 * The lease is over when either clock says so: the one on the wall, which somebody may set back, or
 * the one that only counts, which may stand still with the machine.
 */
import { ClusterError, RunnerStorage } from "@effect/cluster"
import type { SqlError } from "@effect/sql"
import { type Clock, Effect, Exit, Schedule } from "effect"
import type { Lodger, ShardOwnershipShape } from "./ShardOwnership.ts"

/** The server ends a session that was silent for so long, and frees its locks. */
export const sessionIdleMsMax = 6_000

/** How long an answer is good for. What we sent by then has a second to arrive. */
export const leaseMs = 5_000

/** How long appends under way may hold up the release of a shard. */
const vacateMsMax = 3_000
const vacateTickMs = 10

type Storage = RunnerStorage.RunnerStorage["Type"]

/** By the clock on the wall, and by the one that only counts. */
interface Moment {
  readonly wallMs: number
  readonly nanos: bigint
}

const never: Moment = { wallMs: Number.NEGATIVE_INFINITY, nanos: 0n }

const leaseNanos = BigInt(leaseMs) * 1_000_000n

const isWithin = (proven: Moment, at: Moment): boolean =>
  at.wallMs - proven.wallMs <= leaseMs && at.nanos - proven.nanos <= leaseNanos

export class ShardTerms implements ShardOwnershipShape {
  readonly #clock: Clock.Clock
  /** Waits until all that other owners have sent to the journal has been committed. */
  readonly #settleOthers: Effect.Effect<void, ClusterError.PersistenceError>
  readonly #terms = new Map<string, number>()
  readonly #lodgers = new Set<Lodger>()
  /** The step at which the last release of a shard ended; endless while one is under way. */
  readonly #left = new Map<string, number>()
  #step = 0
  #lastTerm = 0
  #proven: Moment = never

  constructor(clock: Clock.Clock, settleOthers: Effect.Effect<void, SqlError.SqlError>) {
    this.#clock = clock
    this.#settleOthers = ClusterError.PersistenceError.refail(settleOthers)
  }

  term(shard: string): number | undefined {
    return this.mayWrite() ? this.#terms.get(shard) : undefined
  }

  mayWrite(): boolean {
    return isWithin(this.#proven, this.#now())
  }

  count(): number {
    return this.mayWrite() ? this.#terms.size : 0
  }

  lodge(lodger: Lodger): void {
    this.#lodgers.add(lodger)
  }

  /** The cluster's store of locks, watched. */
  watch(storage: Storage): Storage {
    return RunnerStorage.RunnerStorage.of({
      ...storage,
      acquire: (address, shards) => {
        const asked = new Set([...shards].map(String))
        const askedAt = this.#step
        return this.#asking(
          Effect.tap(storage.acquire(address, shards), (held) =>
            held.length === 0 ? Effect.void : this.#settleOthers
          ),
          (held) => {
            // The library also takes as its own what an ask that it gave up has locked meanwhile.
            for (const shard of held.map(String)) {
              const isForgotten = !this.#terms.has(shard) && !this.#hasLeftSince(shard, askedAt)
              if (asked.has(shard) || isForgotten) this.#begin(shard)
            }
          }
        )
      },
      refresh: (address, shards) => {
        const asked = [...shards].map(String)
        return this.#asking(storage.refresh(address, shards), (held) => {
          const still = new Set(held.map(String))
          for (const shard of asked) if (!still.has(shard)) this.#end(shard)
        })
      },
      release: (address, shard) =>
        this.#vacated(String(shard)).pipe(
          Effect.zipRight(this.#asking(storage.release(address, shard), () => undefined)),
          Effect.ensuring(Effect.sync(() => this.#leave(String(shard))))
        ),
      releaseAll: (address) =>
        this.#vacated().pipe(
          Effect.zipRight(this.#asking(storage.releaseAll(address), () => undefined))
        )
    })
  }

  /** An answer is worth what it was when we asked; anything but an answer is trouble. */
  #asking<A, E>(ask: Effect.Effect<A, E>, answered: (answer: A) => void): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const asked = this.#now()
      return Effect.onExit(ask, (exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit)) return this.#doubt()
          if (!isWithin(this.#proven, asked)) this.#renew()
          this.#proven = asked
          answered(exit.value)
        })
      )
    })
  }

  #now(): Moment {
    return {
      wallMs: this.#clock.unsafeCurrentTimeMillis(),
      nanos: this.#clock.unsafeCurrentTimeNanos()
    }
  }

  #leave(shard: string): void {
    this.#left.set(shard, ++this.#step)
  }

  /** Whether its release is under way, or ended after that step: an answer may tell of before. */
  #hasLeftSince(shard: string, step: number): boolean {
    return (this.#left.get(shard) ?? 0) > step
  }

  #begin(shard: string): void {
    this.#terms.set(shard, ++this.#lastTerm)
  }

  #end(shard: string): void {
    this.#terms.delete(shard)
    for (const lodger of this.#lodgers) lodger.vacate(shard)
  }

  /** The locks may have been somebody else's in between. */
  #renew(): void {
    for (const shard of this.#terms.keys()) this.#begin(shard)
  }

  #doubt(): void {
    this.#proven = never
    this.#renew()
    for (const lodger of this.#lodgers) lodger.vacate()
  }

  /** Ends a term in an orderly way: the next owner finds all that was decided in this one. */
  #vacated(shard?: string): Effect.Effect<void> {
    const leave = Effect.sync(() => {
      if (shard === undefined) this.#terms.clear()
      else {
        this.#terms.delete(shard)
        this.#left.set(shard, Number.POSITIVE_INFINITY) // Until the release is over.
      }
      for (const lodger of this.#lodgers) lodger.vacate(shard)
    })
    const left = Effect.suspend(() =>
      [...this.#lodgers].every((lodger) => lodger.isVacant(shard))
        ? Effect.void
        : Effect.fail(shard)
    )
    return Effect.zipRight(
      leave,
      Effect.ignore(
        Effect.retry(left, {
          schedule: Schedule.spaced(vacateTickMs),
          times: vacateMsMax / vacateTickMs
        })
      )
    )
  }
}
