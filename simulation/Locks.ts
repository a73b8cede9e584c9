/**
 * Postgres as the runners of the simulation use it: sessions, the locks that end with them,
 * and the list of runners.
 */
import { sessionIdleMsMax } from "@souk/actors/cluster/ShardLeases"
import type { Owner, World } from "./World.ts"

/** How old a heartbeat may be, as the library's own query has it. */
const heartbeatMsMax = 6_000

/** A connection that owns locks. */
export interface Session {
  readonly owner: Owner
  readonly locks: Set<string>
  heardAtMs: number
  isEnded: boolean
  /** What is lost between process and server, without an error at either end. */
  mute: "nothing" | "questions" | "answers"
}

export class Locks {
  isDown = false
  /** When a running process last lost all its locks at once. */
  forcedAtMs = Number.NEGATIVE_INFINITY
  /** How often a shard moved to another process. */
  moves = 0
  readonly #world: World
  readonly #sessions = new Set<Session>()
  readonly #holders = new Map<string, Session>()
  readonly #lastOwners = new Map<string, Owner>()
  readonly #runners = new Map<string, { readonly runner: string; heartbeatMs: number }>()

  constructor(world: World) {
    this.#world = world
  }

  open(owner: Owner): Session {
    const heardAtMs = this.#world.nowMs
    const session: Session = {
      owner,
      locks: new Set(),
      heardAtMs,
      isEnded: false,
      mute: "nothing"
    }
    this.#sessions.add(session)
    return session
  }

  /** Whether the server serves this session now. */
  hears(session: Session): boolean {
    this.#endIdle()
    if (this.isDown || session.isEnded) return false
    session.heardAtMs = this.#world.nowMs
    return true
  }

  end(session: Session): void {
    session.isEnded = true
    this.#sessions.delete(session)
    for (const shard of session.locks) this.#holders.delete(shard)
    session.locks.clear()
  }

  /** Ends sessions without telling their owners. */
  endByForce(isMeant: (session: Session) => boolean): void {
    for (const session of this.#sessions) {
      if (!isMeant(session)) continue
      this.forcedAtMs = this.#world.nowMs
      this.end(session)
    }
  }

  /** The process has ended, and its machine closes its connections. */
  endOf(owner: Owner): void {
    for (const session of this.#sessions) if (session.owner === owner) this.end(session)
  }

  /** The sessions of a process lose their queries, or the responses, until `heal`. */
  mute(owner: Owner, what: Session["mute"]): void {
    for (const session of this.#sessions) if (session.owner === owner) session.mute = what
  }

  heal(): void {
    this.isDown = false
    for (const session of this.#sessions) session.mute = "nothing"
  }

  /** All locks of the session, including those that were not requested in this call. */
  acquire(session: Session, shards: ReadonlyArray<string>): Array<string> {
    this.#endIdle()
    for (const shard of shards) {
      if (this.#holders.has(shard)) continue
      this.#holders.set(shard, session)
      session.locks.add(shard)
      const before = this.#lastOwners.get(shard)
      if (before !== undefined && before !== session.owner) this.moves++
      this.#lastOwners.set(shard, session.owner)
    }
    return [...session.locks]
  }

  release(session: Session, shards: Iterable<string>): void {
    for (const shard of shards) if (session.locks.delete(shard)) this.#holders.delete(shard)
  }

  shardsOf(owner: Owner): ReadonlyArray<string> {
    return [...this.#sessions]
      .filter((session) => session.owner === owner)
      .flatMap((session) => [...session.locks])
  }

  /** Whether another process than `owner` has the shard now. */
  isElsewhere(owner: Owner, shard: string): boolean {
    const holder = this.#holders.get(shard)
    return holder !== undefined && holder.owner !== owner
  }

  register(address: string, runner: string): void {
    this.#runners.set(address, { runner, heartbeatMs: this.#world.nowMs })
  }

  unregister(address: string): void {
    this.#runners.delete(address)
  }

  beat(address: string): void {
    const known = this.#runners.get(address)
    if (known !== undefined) known.heartbeatMs = this.#world.nowMs
  }

  get runners(): Array<readonly [runner: string, healthy: boolean]> {
    const sinceMs = this.#world.nowMs - heartbeatMsMax
    return [...this.#runners.values()]
      .filter(({ heartbeatMs }) => heartbeatMs > sinceMs)
      .map(({ runner }) => [runner, true] as const)
  }

  /** Ends a session that was idle for too long. */
  #endIdle(): void {
    const sinceMs = this.#world.nowMs - sessionIdleMsMax
    for (const session of this.#sessions) if (session.heardAtMs <= sinceMs) this.end(session)
  }
}
