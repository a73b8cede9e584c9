/** What an actor can be asked: the messages of a cluster entity, cheap to import. */
import { type ClusterError, ClusterSchema, type Entity, type Sharding } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Metadata } from "@souk/domain/kernel/Metadata"
import type { Tagged } from "@souk/domain/kernel/Tagged"
import { Context, Effect, type Layer, Schema } from "effect"
import type { Question } from "./Asking.ts"

/**
 * The actor could not answer now. Whether it did anything is told by asking again, same id; only
 * `changed` says that it is another than the caller expects, and has done nothing.
 */
export class ActorUnavailable extends Schema.TaggedError<ActorUnavailable>()("ActorUnavailable", {
  actor: Schema.String,
  reason: Schema.Literal(
    "journal_unavailable",
    "saturated",
    "contended",
    "moving",
    "unreachable",
    "changed",
    "broken"
  ),
  detail: Schema.String,
  /** Which one it is, when that is not what the caller expects. */
  version: Schema.optionalWith(Schema.Int, { exact: true })
}) {
  override get message() {
    return `${this.actor} cannot answer now (${this.reason}: ${this.detail}): repeat it in a moment`
  }
}

/** What an actor says, always from what is committed. */
export interface Reply<View> {
  readonly version: number
  /** What it is now; `undefined` when it was never heard of. */
  readonly view?: View | undefined
  /** Whether it owes nothing to anyone. */
  readonly isAtRest: boolean
  /** Whether this command had been answered before. */
  readonly isRepeat: boolean
}

/** Without a `make` of its own: `RpcClient` would validate each payload with it before encoding. */
const payload = <A, I, R>({ ast }: Schema.Schema<A, I, R>) => Schema.make<A, I, R>(ast)

/** A caller that hangs up loses the reply, never the decision. */
const keepsDecision = Context.make(ClusterSchema.Uninterruptible, "client" as const)

/**
 * The messages of one room. All are volatile: what must survive is in the journal, and a caller
 * without an answer repeats its command under the same id. `waitMs` bounds how long the reply may
 * wait until the actor owes nothing.
 */
export const messages = <View, ViewI, Rejection, RejectionI>(schemas: {
  readonly view: Schema.Schema<View, ViewI>
  readonly rejection: Schema.Schema<Rejection, RejectionI>
}) => {
  const success = Schema.Struct({
    version: Schema.Int,
    view: Schema.optional(schemas.view),
    isAtRest: Schema.Boolean,
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
            /** In which versions it may be decided; in any when nothing is said. */
            expected: Schema.optional(Schema.Array(Schema.Int))
          })
        ),
        success,
        error
      }).annotateContext(keepsDecision),
    /** What the actor is now. */
    Read: Rpc.make("Read", {
      payload: payload(Schema.Struct({ waitMs: Schema.Int })),
      success,
      error: ActorUnavailable
    }).annotateContext(keepsDecision),
    /** Performs again what the actor still owes. */
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

/** What an entity's messages say about its room. */
export type CommandOf<Rpcs extends Rpc.Any> = CommandIn<Rpc.Payload<Rpcs>>
export type ViewOf<Rpcs extends Rpc.Any> = ViewIn<Rpc.Success<Rpcs>>
export type RejectionOf<Rpcs extends Rpc.Any> = Exclude<Rpc.Error<Rpcs>, ActorUnavailable>

/** What the library adds to an actor's own errors. */
export type Undelivered =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError

type Answer<View, E> = Effect.Effect<Reply<View>, E | ActorUnavailable>

/** An entity by its three kinds of messages. */
export interface Messages<Command, View, Rejection, E = never> {
  readonly ask: (id: string, question: Question<Command>) => Answer<View, Rejection | E>
  readonly read: (id: string, waitMs: number) => Answer<View, E>
  readonly resume: (id: string, metadata: Metadata, waitMs: number) => Answer<View, Rejection | E>
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
  to: Messages<CommandOf<Rpcs>, ViewOf<Rpcs>, RejectionOf<Rpcs>>
): Layer.Layer<never, never, Sharding.Sharding> => {
  // The id comes with the request: for a local message `CurrentAddress` is the sender's.
  interface Asked<Payload> {
    readonly address: { readonly entityId: string }
    readonly payload: Payload
  }
  const handlers: Record<string, unknown> = {}
  for (const tag of entity.protocol.requests.keys()) {
    handlers[tag] = ({ address, payload }: Asked<Omit<Question<CommandOf<Rpcs>>, "isFirst">>) =>
      to.ask(address.entityId, { ...payload, isFirst: false })
  }
  handlers["Read"] = ({ address, payload }: Asked<{ readonly waitMs: number }>) =>
    to.read(address.entityId, payload.waitMs)
  handlers["Resume"] = ({
    address,
    payload
  }: Asked<Pick<Question<never>, "metadata" | "waitMs">>) =>
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
): Effect.Effect<
  Messages<CommandOf<Rpcs>, ViewOf<Rpcs>, RejectionOf<Rpcs>, Undelivered>,
  never,
  Sharding.Sharding
> =>
  Effect.map(entity.client, (at) => {
    type Send<E> = (payload: object) => Answer<ViewOf<Rpcs>, E | Undelivered>
    interface Sends {
      readonly Read: Send<never>
      readonly Resume: Send<RejectionOf<Rpcs>>
    }
    // Each message is looked up by its tag, which the compiler cannot follow.
    const to = at as unknown as (id: string) => Sends & Record<string, Sends["Resume"]>
    return {
      ask: (id, question) => to(id)[question.command._tag as "Resume"](question),
      read: (id, waitMs) => to(id).Read({ waitMs }),
      resume: (id, metadata, waitMs) => to(id).Resume({ metadata, waitMs })
    }
  })
