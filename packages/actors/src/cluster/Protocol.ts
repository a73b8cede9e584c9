/** What an actor can be asked: the messages of a cluster entity, cheap to import. */
import { type ClusterError, ClusterSchema, type Entity, type Sharding } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Metadata } from "@souk/domain/kernel/Metadata"
import type { Tagged } from "@souk/domain/kernel/Tagged"
import { Context, Effect, type Layer, Schema } from "effect"
import {
  type ActorRequest,
  type ActorTypes,
  ActorUnavailable,
  type Reply
} from "../runtime/ActorDefinition.ts"

/** Without a `make` of its own: `RpcClient` would validate each payload with it before encoding. */
const payload = <A, I, R>({ ast }: Schema.Schema<A, I, R>) => Schema.make<A, I, R>(ast)

/** A caller that disconnects loses the reply; the command is decided all the same. */
const keepsDecision = Context.make(ClusterSchema.Uninterruptible, "client" as const)

/**
 * The messages of one category. None is stored: what must survive is in the journal, and a caller
 * without an answer repeats its command under the same id. `waitMs` bounds how long the reply may
 * wait until the actor is settled.
 */
export const messages = <View, ViewI, Rejection, RejectionI>(schemas: {
  readonly view: Schema.Schema<View, ViewI>
  readonly rejection: Schema.Schema<Rejection, RejectionI>
}) => {
  const success = Schema.Struct({
    version: Schema.Int,
    view: Schema.optional(schemas.view),
    isSettled: Schema.Boolean,
    isRepeat: Schema.Boolean
  })
  const error = Schema.Union(schemas.rejection, ActorUnavailable)
  return {
    /** One command of the domain, under its own name. */
    command: <const Tag extends string, Command extends { readonly _tag: Tag }, I>(
      tag: Tag,
      command: Schema.Schema<Command, I>
    ) =>
      Rpc.make(tag, {
        payload: payload(
          Schema.Struct({
            command,
            metadata: Metadata,
            waitMs: Schema.Int,
            /** The versions in which it may be decided; any when absent. */
            expected: Schema.optional(Schema.Array(Schema.Int))
          })
        ),
        success,
        error
      }).annotateContext(keepsDecision),
    /** The committed state. */
    Read: Rpc.make("Read", {
      payload: payload(Schema.Struct({ waitMs: Schema.Int })),
      success,
      error: ActorUnavailable
    }).annotateContext(keepsDecision),
    /** Executes the pending intents again. */
    Resume: Rpc.make("Resume", {
      payload: payload(Schema.Struct({ metadata: Metadata, waitMs: Schema.Int })),
      success,
      error
    }).annotateContext(keepsDecision)
  }
}

/** Annotations of every entity. */
export const untraced = Context.make(ClusterSchema.ClientTracingEnabled, false)

type CommandIn<Payload> = Payload extends { readonly command: infer Command extends Tagged }
  ? Command
  : never
type ViewIn<Success> = Success extends Reply<infer View> ? View : never

/** What an entity's messages say about its actors. */
export interface TypesOf<Rpcs extends Rpc.Any> {
  readonly Command: CommandIn<Rpc.Payload<Rpcs>>
  readonly View: ViewIn<Rpc.Success<Rpcs>>
  readonly Rejection: Extract<Exclude<Rpc.Error<Rpcs>, ActorUnavailable>, Tagged>
}

/** What the library adds to an actor's own errors. */
export type Undelivered =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError

/** An entity by its three kinds of messages. `E` is how a message may stay undelivered. */
export interface Messages<T extends ActorTypes, E = never> {
  readonly handle: (
    id: string,
    request: ActorRequest<T["Command"]>
  ) => Effect.Effect<Reply<T["View"]>, T["Rejection"] | ActorUnavailable | E>
  readonly read: (
    id: string,
    waitMs: number
  ) => Effect.Effect<Reply<T["View"]>, ActorUnavailable | E>
  readonly resume: (
    id: string,
    metadata: Metadata,
    waitMs: number
  ) => Effect.Effect<Reply<T["View"]>, T["Rejection"] | ActorUnavailable | E>
}

/** Order within an actor is kept by its aggregate, not by the mailbox. Why these: docs/adr/0021. */
const options = {
  concurrency: "unbounded",
  disableFatalDefects: true,
  maxIdleTime: "5 seconds",
  mailboxCapacity: 4_096
} as const

/** Registers the entity, with one handler for all commands. */
export const layer = <Type extends string, Rpcs extends Rpc.Any>(
  entity: Entity.Entity<Type, Rpcs>,
  to: Messages<TypesOf<Rpcs>>
): Layer.Layer<never, never, Sharding.Sharding> => {
  // The id comes with the request: for a local message `CurrentAddress` is the sender's.
  interface Asked<Payload> {
    readonly address: { readonly entityId: string }
    readonly payload: Payload
  }
  const handlers: Record<string, unknown> = {}
  for (const tag of entity.protocol.requests.keys()) {
    handlers[tag] = ({
      address,
      payload
    }: Asked<Omit<ActorRequest<TypesOf<Rpcs>["Command"]>, "isFirst">>) =>
      to.handle(address.entityId, { ...payload, isFirst: false })
  }
  handlers["Read"] = ({ address, payload }: Asked<{ readonly waitMs: number }>) =>
    to.read(address.entityId, payload.waitMs)
  handlers["Resume"] = ({
    address,
    payload
  }: Asked<{ readonly metadata: Metadata; readonly waitMs: number }>) =>
    to.resume(address.entityId, payload.metadata, payload.waitMs)
  // One handler for each message of the entity, made in a loop that the compiler cannot follow.
  const registered = entity as unknown as {
    readonly toLayer: (
      all: typeof handlers,
      how: typeof options
    ) => Layer.Layer<never, never, Sharding.Sharding>
  }
  return registered.toLayer(handlers, options)
}

/** The entity's client, with one function for all commands. */
export const client = <Type extends string, Rpcs extends Rpc.Any>(
  entity: Entity.Entity<Type, Rpcs>
): Effect.Effect<Messages<TypesOf<Rpcs>, Undelivered>, never, Sharding.Sharding> =>
  Effect.map(entity.client, (at) => {
    type All = Messages<TypesOf<Rpcs>, Undelivered>
    interface Sends {
      readonly Read: (payload: object) => ReturnType<All["read"]>
      readonly Resume: (payload: object) => ReturnType<All["resume"]>
    }
    // Each message is looked up by its tag, which the compiler cannot follow.
    const to = at as unknown as (id: string) => Sends & Record<string, Sends["Resume"]>
    return {
      handle: (id, request) => to(id)[request.command._tag as "Resume"](request),
      read: (id, waitMs) => to(id).Read({ waitMs }),
      resume: (id, metadata, waitMs) => to(id).Resume({ metadata, waitMs })
    }
  })
