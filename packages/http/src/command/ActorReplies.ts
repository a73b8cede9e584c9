/** How a handler asks an actor: on whose behalf, and what may come back. */
import { ActorUnavailable } from "@souk/actors/runtime/ActorDefinition"
import { JournalUnavailable } from "@souk/actors/journal/Journal"
import type { CommandId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Effect } from "effect"
import { Caller } from "../auth/Authentication.ts"
import { RequestId, TraceId } from "../edge/Request.ts"
import { PreconditionFailed, Unavailable } from "../Problem.ts"

/** Who asks, and as part of what; without `correlationId`, the request stands for itself. */
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

type Trouble = ActorUnavailable | JournalUnavailable

const isTrouble = (error: unknown): error is Trouble =>
  error instanceof ActorUnavailable || error instanceof JournalUnavailable

/**
 * What is out of order behind the HTTP layer, in one word; a broken actor is a bug, and told as
 * one.
 */
export const orUnavailable = <A, E, R>(
  effect: Effect.Effect<A, E | Trouble, R>
): Effect.Effect<A, Exclude<E, Trouble> | Unavailable, R> =>
  Effect.catchIf(effect, isTrouble, (trouble) =>
    trouble._tag === "ActorUnavailable" && trouble.reason === "defect"
      ? Effect.die(trouble)
      : Effect.zipRight(Effect.logDebug(trouble.message, trouble), new Unavailable())
  )

/** Tells who asked for a certain version that it is another one. */
export const orChanged = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PreconditionFailed, R> =>
  Effect.mapError(effect, (error) =>
    error instanceof ActorUnavailable && error.version !== undefined
      ? new PreconditionFailed({ version: error.version })
      : error
  )

/** Of all refusals of an entity, those that the endpoint declares are answered; others are bugs. */
export const refusedOnly =
  <Declared>(isDeclared: (error: unknown) => error is Declared) =>
  <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, Declared | Extract<E, Trouble>, R> => {
    const isExpected = (error: E): error is E & (Declared | Extract<E, Trouble>) =>
      isTrouble(error) || isDeclared(error)
    return Effect.catchAll(effect, (error) =>
      isExpected(error) ? Effect.fail(error) : Effect.die(error)
    )
  }
