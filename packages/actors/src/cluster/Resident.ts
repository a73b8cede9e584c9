/** One actor in memory, with everything that is under way for it. */
import type { Intent } from "@souk/domain/kernel/Saga"
import { Effect } from "effect"
import type { Aggregate } from "../journal/Aggregate.ts"
import type { Failure } from "../journal/Behaviour.ts"
import { ActorUnavailable } from "./Protocol.ts"

/** Somebody who waits until an actor owes nothing, but not for ever. */
export interface RestWaiter {
  readonly deadlineMs: number
  readonly go: () => void
}

export interface Resident<State, Command, Event, Rejection, I extends Intent> {
  readonly id: string
  readonly aggregate: Aggregate<State, Command, Event, Rejection, I>
  /** The steps that are being performed. */
  readonly performing: Set<string>
  readonly restWaiters: Set<RestWaiter>
  /** Requests that are not answered yet. */
  requests: number
  lastUsedMs: number
}

const reasons = {
  JournalUnavailable: "journal_unavailable",
  JournalSaturated: "saturated",
  VersionConflict: "contended",
  ActorBroken: "broken"
} as const

/** The failure of an actor, as its callers are told of it. */
export const unavailable = (
  actor: string,
  failure: Failure
): Effect.Effect<never, ActorUnavailable> => {
  const reason = reasons[failure._tag]
  const error = new ActorUnavailable({ actor, reason, detail: failure.message })
  const log = reason === "broken" ? Effect.logError(failure.message, failure) : Effect.void
  return Effect.zipRight(log, Effect.fail(error))
}
