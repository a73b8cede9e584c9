/**
 * The rooms whose actors this process can run, by name. A caller in the same process reaches its
 * actors without the cluster's message machinery, which costs more than the decision it carries.
 */
import { Context, Effect, Layer } from "effect"
import type { Intent } from "@souk/domain/kernel/Saga"
import type { ActorClient } from "./ActorClient.ts"
import type { ActorHost } from "./ActorHost.ts"
import { RemoteCalls } from "./RemoteCalls.ts"

/** What one may ask the actors of a room, wherever they live. */
export type Host<Command, View, Rejection> = Pick<
  ActorHost<unknown, Command, unknown, Rejection, View, Intent>,
  "ask" | "look" | "resume"
>

/** Resumes an actor of a room, wherever it lives. */
export type Resume = ActorClient<never, unknown, { readonly _tag: string }>["resume"]

export class LocalActors extends Context.Tag("@souk/actors/LocalActors")<
  LocalActors,
  {
    readonly add: (
      room: string,
      // Hosts of all rooms share one map; `find` gives each its types back.
      // oxlint-disable-next-line no-explicit-any
      host: ActorHost<any, any, any, any, any, any>,
      resume: Resume
    ) => void
    readonly find: <Command, View, Rejection>(
      room: string
    ) => Host<Command, View, Rejection> | undefined
    /** How the actors of a room are resumed; nothing where there is no such room. */
    readonly resume: (room: string) => Resume | undefined
    /** How many actors of each room are in memory. */
    readonly sizes: () => Readonly<Record<string, number>>
    /** The calls of this process to actors that live elsewhere. */
    readonly calls: RemoteCalls
  }
>() {}

interface Room {
  readonly host: { readonly size: number }
  readonly resume: Resume
}

export const layer: Layer.Layer<LocalActors> = Layer.scoped(
  LocalActors,
  Effect.map(RemoteCalls.make, (calls) => {
    const rooms = new Map<string, Room>()
    return LocalActors.of({
      calls,
      add: (room, host, resume) => {
        rooms.set(room, { host, resume })
      },
      // True because `Actor.layer` adds a room's host under the name of the room's own entity.
      find: <Command, View, Rejection>(room: string) =>
        rooms.get(room)?.host as Host<Command, View, Rejection> | undefined,
      resume: (room) => rooms.get(room)?.resume,
      sizes: () => Object.fromEntries([...rooms].map(([room, { host }]) => [room, host.size]))
    })
  })
)
