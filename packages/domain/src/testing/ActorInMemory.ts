/** An actor of the shop in memory: a decider with a journal, and command ids it knows again. */
import { Either } from "effect"
import type { Aggregate, AggregateTypes } from "../kernel/Aggregate.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"

/** Told of every event, with the state after it and not yet after those that follow. */
export type Listener<S, E> = (event: E, state: S) => void

export class ActorInMemory<A extends AggregateTypes> {
  state: A["State"]
  readonly journal: Array<A["Event"]> = []
  readonly #decider: Aggregate<A>["decider"]
  readonly #listener: Listener<A["State"], A["Event"]>
  /** Whether command ids are known at once, or only by asking the journal when in doubt. */
  readonly #hasFullDedup: boolean
  readonly #ids = new Set<string>()

  constructor(
    { decider }: Aggregate<A>,
    remembers: boolean,
    hears: Listener<A["State"], A["Event"]>
  ) {
    this.state = decider.initial
    this.#decider = decider
    this.#listener = hears
    this.#hasFullDedup = remembers
  }

  /** The events that `command` made: none, when its id is known. */
  ask(
    command: A["Command"],
    at: Timestamp,
    commandId?: string
  ): Either.Either<ReadonlyArray<A["Event"]>, A["Rejection"]> {
    const decision = this.#decider.decide(this.state, command, at)
    const needsDurableDedup =
      this.#hasFullDedup || this.#decider.needsDurableDedup?.(command, decision) === true
    if (commandId !== undefined && needsDurableDedup && this.#ids.has(commandId))
      return Either.right([])
    if (Either.isRight(decision)) this.#commit(decision.right, commandId)
    return decision
  }

  #commit(events: ReadonlyArray<A["Event"]>, commandId: string | undefined) {
    if (commandId !== undefined && events.length > 0) this.#ids.add(commandId)
    for (const event of events) {
      this.state = this.#decider.evolve(this.state, event)
      this.journal.push(event)
      this.#listener(event, this.state)
    }
  }
}
