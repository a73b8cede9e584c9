/** A process's access to its locks: queries to the server, each of which may fail. */
import { ClusterError, RunnerStorage } from "@effect/cluster"
import { settings } from "@souk/actors/cluster/RunnerLocks"
import { Effect } from "effect"
import type { Locks, Session } from "./Locks.ts"
import type { Owner, World } from "./World.ts"

/** How long the library waits for an operation on locks before it takes another connection. */
const deadlineMs = settings.shardLockRefreshInterval

interface Way {
  readonly world: World
  readonly locks: Locks
  readonly delayMs: (label: string) => number
}

const away = (cause: string) => new ClusterError.PersistenceError({ cause })

export class LockClient {
  readonly #owner: Owner
  readonly #way: Way
  #session: Session | undefined
  readonly #lastMs = { there: 0, back: 0 }

  constructor(owner: Owner, way: Way) {
    this.#owner = owner
    this.#way = way
  }

  /** The library's own storage, as it is on Postgres with advisory locks. */
  get storage(): RunnerStorage.RunnerStorage["Type"] {
    const { locks } = this.#way
    return RunnerStorage.makeEncoded({
      getRunners: this.#ask("list runners", () => locks.runners),
      register: (address, runner) =>
        this.#ask(`register ${address}`, () => {
          locks.register(address, runner)
          return Number(address.slice(address.indexOf(":") + 1))
        }),
      unregister: (address) => this.#ask(`leave ${address}`, () => locks.unregister(address)),
      setRunnerHealth: () => Effect.void,
      acquire: (_address, shards) =>
        this.#lock("lock", (session) => locks.acquire(session, shards)),
      refresh: (address, shards) =>
        this.#lock("refresh", (session) => {
          locks.beat(address)
          return shards.length === 0 ? [] : locks.acquire(session, shards)
        }),
      release: (_address, shard) =>
        this.#lock("unlock", (session) => locks.release(session, [shard])),
      releaseAll: () => this.#lock("unlock all", (session) => locks.release(session, session.locks))
    })
  }

  /** Over any connection. */
  #ask<A>(label: string, work: () => A): Effect.Effect<A, ClusterError.PersistenceError> {
    const { delayMs, locks, world } = this.#way
    return Effect.async((resume) => {
      world.schedule(delayMs(label), label, () => {
        const answer = locks.isDown
          ? Effect.fail(away("the server is away"))
          : Effect.succeed(work())
        const tell = () => resume(answer)
        world.schedule(delayMs(`${label} back`), `${label} back`, tell, this.#owner)
      })
    })
  }

  /** Over the one connection that owns the locks; after an error, over a new one. */
  #lock<A>(
    label: string,
    work: (session: Session) => A
  ): Effect.Effect<A, ClusterError.PersistenceError> {
    const { locks, world } = this.#way
    return Effect.suspend(() => {
      const session = (this.#session ??= locks.open(this.#owner))
      const asked = Effect.async<A, ClusterError.PersistenceError>((resume) => {
        world.schedule(this.#inOrder("there", label), label, () => {
          if (session.mute === "questions") return
          const answer = locks.hears(session)
            ? Effect.succeed(work(session))
            : Effect.fail(away("the session has ended"))
          if (session.mute === "answers") return
          const tell = () => resume(answer)
          world.schedule(this.#inOrder("back", label), `${label} back`, tell, this.#owner)
        })
      })
      return asked.pipe(
        Effect.timeoutFail({ duration: deadlineMs, onTimeout: () => away("no answer in time") }),
        Effect.tapError(() => Effect.sync(() => this.#leave(session)))
      )
    })
  }

  #leave(session: Session): void {
    if (this.#session === session) this.#session = undefined
    const { delayMs, locks, world } = this.#way
    if (session.mute === "questions") return
    world.schedule(delayMs("hang up"), "hang up", () => locks.end(session))
  }

  /** What travels over one connection arrives in the order in which it was sent. */
  #inOrder(way: "there" | "back", label: string): number {
    const { delayMs, world } = this.#way
    const atMs = Math.max(this.#lastMs[way] + 1, world.nowMs + delayMs(`${label} ${way}`))
    this.#lastMs[way] = atMs
    return atMs - world.nowMs
  }
}
