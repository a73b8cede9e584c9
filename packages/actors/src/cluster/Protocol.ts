/** What can be said to an actor, as data: cheap to import, and the same for every room. */
import { ClusterError, ClusterSchema, Entity, Sharding } from "@effect/cluster"
import { Rpc } from "@effect/rpc"
import { Metadata } from "@souk/domain/kernel/Metadata"
import { Duration, Effect, Schema, type Scope } from "effect"
import * as Desks from "./Desks.ts"

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
  readonly view: View | undefined
  /** Whether it owes nothing to anyone. */
  readonly isAtRest: boolean
  /** Whether this command had been answered before. */
  readonly isRepeat: boolean
}

/** A question to an actor; `waitMs` bounds how long it may wait for nothing to be owed any more. */
export interface Handle<Command> {
  readonly command: Command
  readonly metadata: Metadata
  readonly waitMs: number
  /** In which versions it may be decided; in any when nothing is said. */
  readonly expected?: ReadonlyArray<number>
}

export interface Read {
  readonly waitMs: number
}

/** The two messages an actor answers. */
export interface Messages<Command, View, Rejection> {
  readonly Handle: (
    payload: Handle<Command>
  ) => Effect.Effect<Reply<View>, Rejection | ActorUnavailable>
  readonly Read: (payload: Read) => Effect.Effect<Reply<View>, ActorUnavailable>
}

/** A room's address in the cluster. */
export interface Protocol<Command, View, Rejection> {
  readonly name: string
  /** Makes `at` answer for every id of this room that lives in this process. */
  readonly register: (
    at: (id: string) => Messages<Command, View, Rejection>
  ) => Effect.Effect<void, never, Sharding.Sharding | Scope.Scope>
  /** The actor with this id, wherever it lives. */
  readonly remote: Effect.Effect<
    (id: string) => Messages<Command, View, Rejection>,
    never,
    Sharding.Sharding
  >
}

/** Why these: docs/adr/0004. Order within an actor is kept by the aggregate, not by the mailbox. */
const options = {
  concurrency: "unbounded",
  disableFatalDefects: true,
  // There is one for each shard, and it has no memory of its own.
  maxIdleTime: Duration.infinity,
  // Of all actors of a shard together; each of them has a limit of its own besides.
  mailboxCapacity: 16_384
} as const

/**
 * `Handle` decides a command, `Read` only looks; both answer from what is committed. They go to the
 * desk of the actor's shard, which passes them on: an entity for each actor would cost more to set
 * up than all that most actors are ever asked, and stay for a minute. Both are
 * volatile messages: what must survive is in the journal, and a caller that got no answer repeats
 * its command under the same id.
 */
export const make = <Command, CommandI, View, ViewI, Rejection, RejectionI>(
  name: string,
  schemas: {
    readonly command: Schema.Schema<Command, CommandI>
    readonly view: Schema.Schema<View, ViewI>
    readonly rejection: Schema.Schema<Rejection, RejectionI>
  }
): Protocol<Command, View, Rejection> => {
  const success = Schema.Struct({
    version: Schema.Int,
    view: Schema.UndefinedOr(schemas.view),
    isAtRest: Schema.Boolean,
    isRepeat: Schema.Boolean
  })
  const entity = Entity.make(name, [
    Rpc.make("Handle", {
      payload: Schema.Struct({
        id: Schema.String,
        command: schemas.command,
        metadata: Metadata,
        waitMs: Schema.Int,
        expected: Schema.optionalWith(Schema.Array(Schema.Int), { exact: true })
      }),
      success,
      error: Schema.Union(schemas.rejection, ActorUnavailable)
    }),
    Rpc.make("Read", {
      payload: { id: Schema.String, waitMs: Schema.Int },
      success,
      error: ActorUnavailable
    })
  ])
    // A caller that goes away loses the reply, never the decision.
    .annotateRpcs(ClusterSchema.Uninterruptible, "client")
    .annotate(ClusterSchema.ClientTracingEnabled, false)
  return {
    name,
    register: (at) =>
      Effect.flatMap(Sharding.Sharding, (sharding) =>
        sharding.registerEntity(
          entity,
          Effect.succeed(
            entity.of({
              Handle: ({ payload }) => at(payload.id).Handle(payload),
              Read: ({ payload }) => at(payload.id).Read(payload)
            })
          ),
          options
        )
      ),
    remote: Effect.zipWith(entity.client, Desks.make, (at, deskOf) => (id) => ({
      Handle: (payload) => delivered(`${name}-${id}`, at(deskOf(id)).Handle({ ...payload, id })),
      Read: (payload) => delivered(`${name}-${id}`, at(deskOf(id)).Read({ ...payload, id }))
    }))
  }
}

type Undelivered =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError

const isUndelivered = (error: unknown): error is Undelivered =>
  ClusterError.MailboxFull.is(error) ||
  ClusterError.AlreadyProcessingMessage.is(error) ||
  error instanceof ClusterError.PersistenceError

/** What the cluster adds to an actor's own errors, in one word. */
const delivered = <A, E>(
  actor: string,
  call: Effect.Effect<A, E | Undelivered>
): Effect.Effect<A, E | ActorUnavailable> =>
  Effect.mapError(call, (error) => {
    if (!isUndelivered(error)) return error
    // A message that was sent again while its first copy is at work: its answer comes there.
    const isMoving = ClusterError.AlreadyProcessingMessage.is(error)
    const reason = isMoving ? "moving" : "unreachable"
    return new ActorUnavailable({ actor, reason, detail: error._tag })
  })
