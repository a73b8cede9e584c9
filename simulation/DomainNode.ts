/** A process of the domain tier: actors in memory, and a sweeper that resumes due ones. */
import type { AggregateTypes } from "@souk/domain/kernel/Aggregate"
import { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Actor, type ActorDependencies } from "./Actor.ts"
import type { Node, Reply, Tagged } from "./Node.ts"
import type { Room, Rooms } from "./Rooms.ts"
import type { Task } from "./World.ts"

/** How often the sweeper polls, how many rows it claims, and for how long. */
const everyMs = 1_000
const claimsMax = 500
const leaseMs = 5_000
const leaseMsMax = 60_000

const reminders: Readonly<Record<string, Tagged>> = {
  order: { _tag: "ResumeOrder" },
  payment: { _tag: "ResumePayment" }
}

/** What the actors of a process share. */
export type Ground = Omit<ActorDependencies, "owner" | "nowMs" | "ask" | "passivate"> & {
  readonly rooms: Rooms
  readonly sweeps: boolean
  /** The id by which a command is recognised, at this step of the world. */
  readonly commandId: (id: string, step: number) => string
  /** A call from a process to wherever the stream lives. */
  readonly call: (
    from: Node,
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    done: (reply: Reply) => void
  ) => void
}

interface AnyActor {
  readonly handle: (
    command: never,
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ) => void
}

export class DomainNode implements Node {
  readonly name: string
  state: Node["state"] = "running"
  parked: Array<Task> = []
  skewMs = 0
  readonly #ground: Ground
  readonly #actors = new Map<string, AnyActor>()

  constructor(name: string, ground: Ground) {
    this.name = name
    this.#ground = ground
    if (ground.sweeps) this.#sweep()
  }

  tell(
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    respond: (reply: Reply) => void
  ): void {
    const { commandId, world } = this.#ground
    const known = CommandId.make(commandId(metadata.commandId, world.steps))
    // True because a stream's name begins with its room, and callers know what a room takes.
    const taken = command as never
    this.#actor(stream).handle(taken, { ...metadata, commandId: known }, waitMs, respond)
  }

  #actor(stream: string): AnyActor {
    const known = this.#actors.get(stream)
    if (known !== undefined) return known
    const { rooms } = this.#ground
    const make = <A extends AggregateTypes>(room: Room<A>): AnyActor =>
      new Actor(stream, room, this.#dependenciesOf())
    const made: Record<string, () => AnyActor> = {
      order: () => make(rooms.order),
      inventory: () => make(rooms.inventory),
      payment: () => make(rooms.payment),
      shipment: () => make(rooms.shipment)
    }
    const actor = made[stream.slice(0, stream.indexOf("-"))]?.()
    if (actor === undefined) throw new Error(`no room answers for ${stream}`)
    this.#actors.set(stream, actor)
    return actor
  }

  #dependenciesOf(): ActorDependencies {
    const { call, providers, store, world } = this.#ground
    return {
      providers,
      store,
      world,
      owner: this,
      nowMs: () => world.nowMs + this.skewMs,
      ask: (...question) => call(this, ...question),
      passivate: (stream) => this.#actors.delete(stream)
    }
  }

  #sweep(): void {
    const { call, store, world } = this.#ground
    world.schedule(
      everyMs,
      "sweep",
      () => {
        const claimed = store.isDown ? [] : store.claim(claimsMax, leaseMs, leaseMsMax)
        for (const { stream } of claimed) {
          const command = reminders[stream.slice(0, stream.indexOf("-"))]
          const metadata: Metadata = {
            commandId: CommandId.make(`sweep/${stream}/${world.nowMs}`),
            correlationId: stream,
            causationId: "sweeper",
            who: "sweeper"
          }
          if (command !== undefined) call(this, stream, command, metadata, 0, () => undefined)
        }
        this.#sweep()
      },
      this
    )
  }
}
