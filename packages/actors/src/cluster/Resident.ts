/** One actor in memory, with everything that is under way for it. */
import type { Intent } from "@souk/domain/kernel/Saga"
import type { Aggregate } from "../journal/Aggregate.ts"
import { ActorMoved, type Failure } from "../journal/Behaviour.ts"
import { ActorUnavailable } from "./Protocol.ts"

/** Somebody who waits until an actor owes nothing, but not for ever. */
export interface RestWaiter {
  readonly deadlineMs: number
  readonly go: () => void
  /** Called instead, when the actor leaves for another process. */
  readonly leave: (moved: Failure) => void
}

export interface Resident<State, Command, Event, Rejection, I extends Intent> {
  readonly id: string
  readonly shard: string
  /** The term of its shard that it was called up in: what it knows is true in that term only. */
  readonly term: number
  readonly aggregate: Aggregate<State, Command, Event, Rejection, I>
  /** The steps that are being performed. */
  readonly performing: Set<string>
  readonly restWaiters: Set<RestWaiter>
  /** Requests that are not answered yet. */
  requests: number
  /** Appends whose fate is not known yet. */
  appends: number
  lastUsedMs: number
}

/** Forgets all that one actor knows, and sends everybody who waits for it to its next home. */
export const leave = <State, Command, Event, Rejection, I extends Intent>(
  resident: Resident<State, Command, Event, Rejection, I>
): void => {
  const moved = new ActorMoved({ stream: resident.aggregate.stream })
  resident.aggregate.close(moved)
  for (const waiter of resident.restWaiters) waiter.leave(moved)
  resident.restWaiters.clear()
}

const reasons = {
  JournalUnavailable: "journal_unavailable",
  JournalSaturated: "saturated",
  VersionConflict: "contended",
  ActorBroken: "broken",
  ActorMoved: "moving",
  VersionChanged: "changed"
} as const

/** The failure of an actor, as its callers are told of it. */
export const unavailable = (actor: string, failure: Failure): ActorUnavailable =>
  new ActorUnavailable({
    actor,
    reason: reasons[failure._tag],
    detail: failure.message,
    ...(failure._tag === "VersionChanged" ? { version: failure.version } : {})
  })

/** What is told to those who ask for an actor that is not, or not certainly, at home here. */
export const moving = (actor: string): ActorUnavailable =>
  unavailable(actor, new ActorMoved({ stream: actor }))
