/**
 * The actors that live in this process, by room. A caller in the same process reaches them without
 * the cluster's message machinery, which costs more than the decision it carries.
 */
import { Context, Layer } from "effect"
import type { Intent } from "@souk/domain/kernel/Saga"
import type { ActorHost } from "./ActorHost.ts"

/** What one may ask the actors of a room, wherever they live. */
export type Host<Command, View, Rejection> = Pick<
  ActorHost<unknown, Command, unknown, Rejection, View, Intent>,
  "ask" | "look"
>

export class LocalActors extends Context.Tag("@souk/actors/LocalActors")<
  LocalActors,
  {
    readonly add: (
      room: string,
      // Hosts of all rooms share one map; `find` gives each its types back.
      // oxlint-disable-next-line no-explicit-any
      host: ActorHost<any, any, any, any, any, any>
    ) => void
    readonly find: <Command, View, Rejection>(
      room: string
    ) => Host<Command, View, Rejection> | undefined
    /** How many actors of each room are in memory. */
    readonly sizes: () => Readonly<Record<string, number>>
  }
>() {}

export const layer: Layer.Layer<LocalActors> = Layer.sync(LocalActors, () => {
  const hosts = new Map<string, { readonly size: number }>()
  return LocalActors.of({
    add: (room, host) => {
      hosts.set(room, host)
    },
    // True because `Actor.layer` adds a room's host under the name of the room's own protocol.
    find: <Command, View, Rejection>(room: string) =>
      hosts.get(room) as Host<Command, View, Rejection> | undefined,
    sizes: () => Object.fromEntries([...hosts].map(([room, { size }]) => [room, size]))
  })
})
