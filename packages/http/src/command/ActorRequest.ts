/**
 * A request of a handler to an actor: ids derived from the idempotency key, the metadata of its
 * command, and the errors of its reply.
 */
import { randomUUID } from "node:crypto"
import { digest } from "@souk/actors/cluster/Digest"
import { ActorUnavailable } from "@souk/actors/runtime/ActorDefinition"
import {
  type Journal,
  JournalUnavailable,
  type Recorded,
  type StreamId
} from "@souk/actors/journal/Journal"
import { events } from "@souk/actors/journal/StreamEvents"
import { canonical } from "@souk/domain/kernel/Text"
import { CommandId, OrderId, RefundId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect, Option, Stream } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { RequestId, TraceId } from "../edge/Request.ts"
import { KeyReused, PreconditionFailed, Unavailable } from "../Problem.ts"

/** A digest of several parts. The separator makes `a, bc` and `ab, c` different. */
const named = (...parts: ReadonlyArray<string>): string => digest(parts.join("\u0000"))

/** The id of the order that a caller places under a key. */
export const orderId = (key: string): Effect.Effect<OrderId, never, Caller> =>
  Effect.map(Caller, ({ id }) => OrderId.make(`ord_${named(id, key).slice(0, 32)}`))

/** The id of the refund that a caller makes under a key on a path. */
export const refundId = (path: string, key: string): Effect.Effect<RefundId, never, Caller> =>
  Effect.map(Caller, ({ id }) => RefundId.make(`re_${named(id, path, key).slice(0, 24)}`))

/** The id of a caller's command under a key on a path; without a key, a random id. */
export const commandId = (
  path: string,
  key: string | undefined
): Effect.Effect<CommandId, never, Caller> =>
  Effect.map(Caller, ({ id }) =>
    CommandId.make(`request/${key === undefined ? randomUUID() : named(id, path, key)}`)
  )

/** The id of a stored response with a secret under a key on a path. */
export const secretId = (path: string, key: string): Effect.Effect<string, never, Caller> =>
  Effect.map(Caller, ({ id }) => named("secret", id, path, key))

/** Identifies the content of a request: a repeat has the same fingerprint. */
export const fingerprint = (method: string, path: string, body: unknown): string =>
  digest(canonical({ method, path, body }))

/** The metadata of a command. Without `correlationId`, the request id correlates its events. */
export const metadata = (
  commandId: CommandId,
  correlationId?: string
): Effect.Effect<Metadata, never, Caller> =>
  Effect.gen(function* () {
    const { principal } = yield* Caller
    const requestId = yield* RequestId
    const traceId = yield* TraceId
    return {
      commandId,
      correlationId: correlationId ?? requestId,
      causationId: requestId,
      who: principal,
      ...(traceId === undefined ? {} : { traceId })
    }
  })

type ActorFailure = ActorUnavailable | JournalUnavailable

const isActorFailure = (error: unknown): error is ActorFailure =>
  error instanceof ActorUnavailable || error instanceof JournalUnavailable

/** Turns failures of actors and of the journal into 503. A defect of an actor is a bug: 500. */
export const orUnavailable = <A, E, R>(
  effect: Effect.Effect<A, E | ActorFailure, R>
): Effect.Effect<A, Exclude<E, ActorFailure> | Unavailable, R> =>
  Effect.catchIf(effect, isActorFailure, (failure) =>
    failure._tag === "ActorUnavailable" && failure.reason === "defect"
      ? Effect.die(failure)
      : Effect.zipRight(Effect.logDebug(failure.message, failure), new Unavailable())
  )

/** Turns a version that `If-Match` does not allow into 412. */
export const orChanged = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PreconditionFailed, R> =>
  Effect.mapError(effect, (error) =>
    error instanceof ActorUnavailable && error.version !== undefined
      ? new PreconditionFailed({ version: error.version })
      : error
  )

/**
 * Keeps the refusals that the endpoint declares, and `Unavailable`, which the whole API declares;
 * any other refusal of an entity is a bug.
 */
export const refusedOnly =
  <Declared>(isDeclared: (error: unknown) => error is Declared) =>
  <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, Declared | Extract<E, ActorFailure | Unavailable>, R> => {
    const isExpected = (
      error: E
    ): error is E & (Declared | Extract<E, ActorFailure | Unavailable>) =>
      isActorFailure(error) || error instanceof Unavailable || isDeclared(error)
    return Effect.catchAll(effect, (error) =>
      isExpected(error) ? Effect.fail(error) : Effect.die(error)
    )
  }

type Members = Readonly<Record<string, unknown>>

/** Refuses a repeat whose members differ from those in the first event of its command. */
export const refuseOtherRequest = (
  journal: Journal["Type"],
  stream: StreamId,
  commandId: string,
  asked: Members
) =>
  events(journal, stream).pipe(
    Stream.filter(({ metadata }) => metadata.commandId === commandId),
    Stream.runHead,
    orUnavailable,
    Effect.flatMap((first) =>
      Option.exists(first, (event) => !hasMembers(event, asked)) ? new KeyReused() : Effect.void
    )
  )

const hasMembers = ({ payload }: Recorded, asked: Members): boolean => {
  const recorded = new Map(Object.entries(payload))
  return Object.entries(asked).every(
    ([name, value]) => canonical(value) === canonical(recorded.get(name))
  )
}
