/** The typed client of a category's actors, in this process or another one of the cluster. */
import { type Entity, EntityId, Sharding } from "@effect/cluster"
import type { Rpc, RpcGroup } from "@effect/rpc"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Either, Runtime, Context, Layer } from "effect"
import {
  type ActorRequest,
  type Actors,
  type ActorTypes,
  ActorUnavailable,
  type Ask,
  type Reply
} from "../runtime/ActorDefinition.ts"
import { client, type TypesOf } from "./Protocol.ts"
import { RemoteActors, RemoteCalls } from "./RemoteActors.ts"

/** Resumes an actor of a category, in this process or another. */
export type Resume = ActorClient<ActorTypes>["resume"]

/** The actors of a category in this process. */
// Hosts of all categories share one map; `find` gives each its types back.
// oxlint-disable-next-line no-explicit-any
interface Local extends Actors<any> {
  readonly category: string
  readonly size: number
}

/**
 * The categories whose actors this process can run. A caller in the same process reaches its actors
 * without the cluster's messages, which cost more than the decision they carry.
 */
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

/** How often a request to an actor that is moving is sent again, and for how long. */
const retryMs = 100
const retryMsMax = 10_000

export interface ActorClient<T extends ActorTypes> {
  /** `Actors.handle`; `expected` names the versions in which the command may be decided. */
  readonly handle: (
    id: string,
    command: T["Command"],
    metadata: Metadata,
    waitMs?: number,
    expected?: ReadonlyArray<number>
  ) => Effect.Effect<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  /** `Actors.read` */
  readonly read: (id: string, waitMs?: number) => Effect.Effect<Reply<T["View"]>, ActorUnavailable>
  /** `Actors.resume` */
  readonly resume: (
    id: string,
    metadata: Metadata,
    waitMs?: number
  ) => Effect.Effect<Reply<T["View"]>, T["Rejection"] | ActorUnavailable>
  /** `handle` for other actors: without a fiber, as long as the actor is in this process. */
  readonly ask: Actors<T>["handle"]
  /** `ask` that does not wait for an actor that is moving. */
  readonly askOnce: Actors<T>["handle"]
}

/** The client of this entity. */
export type Of<E> = E extends { readonly protocol: RpcGroup.RpcGroup<infer Rpcs> }
  ? ActorClient<TypesOf<Rpcs>>
  : never

/**
 * The client of an entity. An actor of this process is called directly; the others are sent a
 * message. A request may be sent again: a processed command is known by its id.
 */
export const make = <Type extends string, Rpcs extends Rpc.Any>(
  entity: Entity.Entity<Type, Rpcs>
): Effect.Effect<ActorClient<TypesOf<Rpcs>>, never, Sharding.Sharding | LocalActors> =>
  Effect.gen(function* () {
    type T = TypesOf<Rpcs>
    const sharding = yield* Sharding.Sharding
    const local = yield* LocalActors
    const { nowMs } = local.calls
    const remote = new RemoteActors<T>(entity.type, yield* client(entity), local.calls)
    const at = (id: string): Actors<T> => {
      const here = local.find<T>(entity.type)
      const shard = sharding.getShardId(EntityId.make(id), "default")
      return here !== undefined && sharding.hasShardId(shard) ? here : remote
    }
    const runFork = Runtime.runFork(yield* Effect.runtime<never>())
    return {
      handle: (id, command, metadata, waitMs = 0, expected) => {
        const request: ActorRequest<T["Command"]> = {
          command,
          metadata,
          waitMs,
          isFirst: false,
          expected
        }
        return untilReplied(nowMs, (respond) => at(id).handle(id, request, respond))
      },
      read: (id, waitMs = 0) => untilReplied(nowMs, (respond) => at(id).read(id, waitMs, respond)),
      resume: (id, metadata, waitMs = 0) =>
        untilReplied(nowMs, (respond) => at(id).resume(id, metadata, waitMs, respond)),
      ask: (id, request, respond) => {
        const startMs = nowMs()
        at(id).handle(id, request, (reply) => {
          if (Either.isRight(reply) || !isNotOwner(reply.left)) return respond(reply)
          const again: Ask<Reply<T["View"]>, T["Rejection"] | ActorUnavailable> = (respond) =>
            at(id).handle(id, { ...request, isFirst: false }, respond)
          runFork(Effect.map(Effect.either(askAgain(nowMs, startMs, again)), respond))
        })
      },
      askOnce: (id, request, respond) => at(id).handle(id, request, respond)
    }
  })

const isNotOwner = (error: unknown): boolean =>
  error instanceof ActorUnavailable && error.reason === "not_owner"

/** Sends a request, and again as long as its actor moves from one process to another. */
const untilReplied = <A, E>(nowMs: () => number, ask: Ask<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    const startMs = nowMs()
    const first = Effect.async<A, E>((resume) => ask(resume))
    return Effect.catchIf(first, isNotOwner, () => askAgain(nowMs, startMs, ask))
  })

const askAgain = <A, E>(nowMs: () => number, startMs: number, ask: Ask<A, E>) =>
  Effect.retry(
    Effect.delay(
      Effect.async<A, E>((resume) => ask(resume)),
      retryMs
    ),
    {
      while: (error) => isNotOwner(error) && nowMs() - startMs < retryMsMax
    }
  )
