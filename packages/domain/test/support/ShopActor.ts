/** An actor of the test shop: a decider with a journal, and command ids that it knows again. */
import { Either } from "effect"
import type { Timestamp } from "../../src/kernel/Timestamp.ts"
import { same } from "./Check.ts"
import type { Subject } from "./Laws.ts"

interface Tagged {
  readonly _tag: string
}

/** Told of every event, with the state after it and not yet after those that follow. */
export type Listener<S, E> = (event: E, state: S) => void

export class ShopActor<S, C extends Tagged, E extends Tagged, R> {
  state: S
  readonly journal: Array<E> = []
  readonly #subject: Subject<S, C, E, R>
  readonly #hears: Listener<S, E>
  /** Whether command ids are known at once, or only by asking the journal when in doubt. */
  readonly #remembers: boolean
  readonly #ids = new Set<string>()
  readonly #due = new Set<string>()

  constructor(subject: Subject<S, C, E, R>, remembers: boolean, hears: Listener<S, E>) {
    this.state = subject.decider.initial
    this.#subject = subject
    this.#remembers = remembers
    this.#hears = hears
  }

  /** The events that `command` made: none, when its id is known. */
  ask(command: C, at: Timestamp, commandId?: string): Either.Either<ReadonlyArray<E>, R> {
    const { decider } = this.#subject
    const decision = decider.decide(this.state, command, at)
    const isDoubtful = this.#remembers || decider.isDoubtful?.(command, decision) === true
    if (commandId !== undefined && isDoubtful && this.#ids.has(commandId)) return Either.right([])
    if (Either.isRight(decision)) this.#commit(decision.right, commandId)
    return decision
  }

  #commit(events: ReadonlyArray<E>, commandId: string | undefined) {
    const { decider, saga, settles } = this.#subject
    if (commandId !== undefined && events.length > 0) this.#ids.add(commandId)
    for (const event of events) {
      this.state = decider.evolve(this.state, event)
      this.journal.push(event)
      this.#hears(event, this.state)
    }
    for (const event of events) {
      for (const step of this.#due) if (settles(event, step)) this.#due.delete(step)
      for (const { step } of saga.react(this.state, event)) this.#due.add(step)
    }
    const owed = saga.resume(this.state).map(({ step }) => step)
    const isDue = owed.length === this.#due.size && owed.every((step) => this.#due.has(step))
    if (!isDue) same(owed, [...this.#due], "what is resumed is what was reacted with")
  }
}
