/**
 * Tracks the lease and epoch of each shard, by observing what the cluster does with its locks.
 *
 * The locks belong to a session of Postgres that the server ends after `sessionIdleMsMax` of
 * silence. Each answer over it proves that this process held them when it asked, and holds them for
 * `leaseMs` from then on. After that, or after any failure of the session, no state in memory is
 * trusted until the next answer, and all shards begin a new epoch.
 *
 * The lease is over when either clock says so: the wall clock, which may be set back, or the
 * monotonic one, which may stand still while the machine is suspended.
 */
import { ClusterError, RunnerStorage } from "@effect/cluster"
import type { SqlError } from "@effect/sql"
import { type Clock, Effect, Exit, Schedule } from "effect"
import type { ShardObserver, ShardOwnershipShape } from "./ShardOwnership.ts"

/** The server ends a session that was silent for so long, and frees its locks. */
export const sessionIdleMsMax = 6_000

/** How long an answer is good for. What we sent by then has a second to arrive. */
export const leaseMs = 5_000

/** How long appends under way may hold up the release of a shard. */
const drainMsMax = 3_000
const drainTickMs = 10

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

export class ShardLeases implements ShardOwnershipShape {
  readonly #clock: Clock.Clock
  /** Waits until all that other owners have sent to the journal has been committed. */
  readonly #awaitOtherCommits: Effect.Effect<void, ClusterError.PersistenceError>
  readonly #epochs = new Map<string, number>()
  readonly #observers = new Set<ShardObserver>()
  /** The step at which the last release of a shard ended; endless while one is under way. */
  readonly #releasedAt = new Map<string, number>()
  #step = 0
  #lastEpoch = 0
  #provenAt: Moment = never

  constructor(clock: Clock.Clock, settleOthers: Effect.Effect<void, SqlError.SqlError>) {
    this.#clock = clock
    this.#awaitOtherCommits = ClusterError.PersistenceError.refail(settleOthers)
  }

  epoch(shard: string): number | undefined {
    return this.mayWrite() ? this.#epochs.get(shard) : undefined
  }

  mayWrite(): boolean {
    return isWithin(this.#provenAt, this.#now())
  }

  count(): number {
    return this.mayWrite() ? this.#epochs.size : 0
  }

  register(observer: ShardObserver): void {
    this.#observers.add(observer)
  }

  /** The cluster's store of locks, watched. */
  watch(storage: Storage): Storage {
    return RunnerStorage.RunnerStorage.of({
      ...storage,
      acquire: (address, shards) => {
        const asked = new Set([...shards].map(String))
        const askedAt = this.#step
        return this.#proving(
          Effect.tap(storage.acquire(address, shards), (held) =>
            held.length === 0 ? Effect.void : this.#awaitOtherCommits
          ),
          (held) => {
            // The library also takes as its own what an ask that it gave up has locked meanwhile.
            for (const shard of held.map(String)) {
              const isForgotten =
                !this.#epochs.has(shard) && !this.#wasReleasedSince(shard, askedAt)
              if (asked.has(shard) || isForgotten) this.#begin(shard)
            }
          }
        )
      },
      refresh: (address, shards) => {
        const asked = [...shards].map(String)
        return this.#proving(storage.refresh(address, shards), (held) => {
          const still = new Set(held.map(String))
          for (const shard of asked) if (!still.has(shard)) this.#end(shard)
        })
      },
      release: (address, shard) =>
        this.#drained(String(shard)).pipe(
          Effect.zipRight(this.#proving(storage.release(address, shard), () => undefined)),
          Effect.ensuring(Effect.sync(() => this.#noteReleased(String(shard))))
        ),
      releaseAll: (address) =>
        this.#drained().pipe(
          Effect.zipRight(this.#proving(storage.releaseAll(address), () => undefined))
        )
    })
  }

  /** An answer is worth what it was when we asked; anything but an answer is trouble. */
  #proving<A, E>(ask: Effect.Effect<A, E>, answered: (answer: A) => void): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const asked = this.#now()
      return Effect.onExit(ask, (exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit)) return this.#invalidate()
          if (!isWithin(this.#provenAt, asked)) this.#advanceEpochs()
          this.#provenAt = asked
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

  #noteReleased(shard: string): void {
    this.#releasedAt.set(shard, ++this.#step)
  }

  /** Whether its release is under way, or ended after that step: an answer may tell of before. */
  #wasReleasedSince(shard: string, step: number): boolean {
    return (this.#releasedAt.get(shard) ?? 0) > step
  }

  #begin(shard: string): void {
    this.#epochs.set(shard, ++this.#lastEpoch)
  }

  #end(shard: string): void {
    this.#epochs.delete(shard)
    for (const observer of this.#observers) observer.evict(shard)
  }

  /** Another process may have held the locks in between. */
  #advanceEpochs(): void {
    for (const shard of this.#epochs.keys()) this.#begin(shard)
  }

  #invalidate(): void {
    this.#provenAt = never
    this.#advanceEpochs()
    for (const observer of this.#observers) observer.evict()
  }

  /** Ends a term in an orderly way: the next owner finds all that was decided in this one. */
  #drained(shard?: string): Effect.Effect<void> {
    const leave = Effect.sync(() => {
      if (shard === undefined) this.#epochs.clear()
      else {
        this.#epochs.delete(shard)
        this.#releasedAt.set(shard, Number.POSITIVE_INFINITY) // Until the release is over.
      }
      for (const observer of this.#observers) observer.evict(shard)
    })
    const left = Effect.suspend(() =>
      [...this.#observers].every((observer) => observer.isDrained(shard))
        ? Effect.void
        : Effect.fail(shard)
    )
    return Effect.zipRight(
      leave,
      Effect.ignore(
        Effect.retry(left, {
          schedule: Schedule.spaced(drainTickMs),
          times: drainMsMax / drainTickMs
        })
      )
    )
  }
}
