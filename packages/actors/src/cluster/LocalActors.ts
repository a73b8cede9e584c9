/**
 * The categories whose actors this process can run. A caller in the same process reaches its actors
 * without the cluster's message machinery, which costs more than the decision it carries.
 */
import { Context, Effect, Layer } from "effect"
import type { ActorTypes, Actors } from "../runtime/ActorDefinition.ts"
import type { ActorClient } from "./ActorClient.ts"
import { RemoteCalls } from "./RemoteCalls.ts"

/** Resumes an actor of a category, in whichever process it is. */
export type Resume = ActorClient<ActorTypes>["resume"]

/** The actors of a category in this process. */
// Hosts of all categories share one map; `find` gives each its types back.
// oxlint-disable-next-line no-explicit-any
interface Local extends Actors<any> {
  readonly category: string
  readonly size: number
}

export class LocalActors extends Context.Tag("@souk/actors/LocalActors")<
  LocalActors,
  {
    readonly add: (host: Local, resume: Resume) => void
    readonly find: <T extends ActorTypes>(category: string) => Actors<T> | undefined
    /** How the actors of a category are resumed; none where there is no such category. */
    readonly resume: (category: string) => Resume | undefined
    /** How many actors of each category are in memory. */
    readonly sizes: () => Readonly<Record<string, number>>
    /** The calls of this process to actors of other processes. */
    readonly calls: RemoteCalls
  }
>() {}

export const layer: Layer.Layer<LocalActors> = Layer.scoped(
  LocalActors,
  Effect.map(RemoteCalls.make, (calls) => {
    const hosts = new Map<string, { readonly host: Local; readonly resume: Resume }>()
    return LocalActors.of({
      calls,
      add: (host, resume) => {
        hosts.set(host.category, { host, resume })
      },
      // True because `Actor.layer` adds a host under the name of its own entity.
      find: <T extends ActorTypes>(category: string) =>
        hosts.get(category)?.host as Actors<T> | undefined,
      resume: (category) => hosts.get(category)?.resume,
      sizes: () => Object.fromEntries([...hosts].map(([name, { host }]) => [name, host.size]))
    })
  })
)
