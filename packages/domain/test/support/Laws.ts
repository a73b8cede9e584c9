/** What every decider must do, whatever is asked of it. A failure prints the seed to repeat it. */
import { describe, it } from "@effect/vitest"
import { Either, FastCheck, Schema } from "effect"
import { fold, type Intent, type Saga } from "../../src/kernel/Decider.ts"
import type { Timestamp } from "../../src/kernel/Timestamp.ts"
import { same } from "./Check.ts"
import { play, type Player, steps, type Turn } from "./History.ts"

interface Tagged {
  readonly _tag: string
}

export interface Subject<S, C extends Tagged, E extends Tagged, R> extends Player<S, C, E, R> {
  /** All that can happen to it. */
  readonly eventTags: ReadonlyArray<string>
  /** Through JSON and back, as the wire or the journal would. */
  readonly viaJson: { readonly event: (event: E) => E; readonly rejection: (refusal: R) => R }
  /** The state as plain data, to compare it. */
  readonly show: (state: S) => unknown
  /** Dies when the view of this state does not fit its schema. */
  readonly checkView: (state: S, at: Timestamp) => unknown
  /** Whether `decide` itself promises that repeating this changes nothing. */
  readonly isRepeatable: (command: C) => boolean
  readonly saga: Saga<S, E, Intent>
  /** Whether `event` is the answer to `step`, or makes it pointless. */
  readonly settles: (event: E, step: string) => boolean
}

/** A value through JSON and back. */
export const viaJson = <A, I>(schema: Schema.Schema<A, I>): ((value: A) => A) => {
  const json = Schema.parseJson(schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeSync(json)
  return (value) => decode(encode(value))
}

/** The steps that `react` made due and no event settled yet. */
const unanswered = <S, C extends Tagged, E extends Tagged, R>(
  { saga, settles }: Subject<S, C, E, R>,
  turns: ReadonlyArray<Turn<S, C, E, R>>
): ReadonlySet<string> => {
  const due = new Set<string>()
  for (const { after, events } of turns) {
    for (const event of events) {
      for (const step of due) if (settles(event, step)) due.delete(step)
      for (const { step } of saga.react(after, event)) due.add(step)
    }
  }
  return due
}

type Law<S, C, E, R> = (turns: ReadonlyArray<Turn<S, C, E, R>>) => void
type LawBook<S, C, E, R> = Record<string, Law<S, C, E, R>>

/** What an actor writes and says is what others will read and hear. */
const truthful = <S, C extends Tagged, E extends Tagged, R>({
  checkView,
  decider,
  show,
  viaJson
}: Subject<S, C, E, R>): LawBook<S, C, E, R> => ({
  "is what its journal says it is": (turns) => {
    const journal = turns.flatMap(({ events }) => events).map(viaJson.event)
    const replayed = fold(decider, decider.initial, journal)
    same(show(replayed), show(turns.at(-1)?.after ?? decider.initial))
  },

  "writes events that survive the journal": (turns) => {
    for (const event of turns.flatMap(({ events }) => events)) same(viaJson.event(event), event)
  },

  "refuses with values that survive the wire": (turns) => {
    for (const { decision } of turns) {
      if (Either.isRight(decision)) continue
      same({ ...viaJson.rejection(decision.left) }, { ...decision.left })
    }
  },

  "shows itself as its view promises": (turns) => {
    for (const { after, at } of turns) checkView(after, at)
  }
})

/** An actor can be asked anything, at any time, any number of times. */
const steady = <S, C extends Tagged, E extends Tagged, R>(
  subject: Subject<S, C, E, R>
): LawBook<S, C, E, R> => {
  const { decider, isRepeatable, saga, show } = subject
  return {
    "answers the same question in the same state the same, and stays what it was": (turns) => {
      for (const { at, before, command, decision } of turns) {
        const shown = JSON.stringify(show(before))
        same(decider.decide(before, command, at), decision)
        same(JSON.stringify(show(before)), shown)
      }
    },

    "does nothing more once it is over": (turns) => {
      for (const { before, events } of turns) {
        if (decider.isTerminal(before)) same(events, [])
      }
    },

    "does nothing new when a command is repeated": (turns) => {
      for (const { after, at, command, decision } of turns) {
        if (Either.isLeft(decision) || !isRepeatable(command)) continue
        same(decider.decide(after, command, at), Either.right([]))
      }
    },

    "owes what it reacted with and was not answered": (turns) => {
      for (const [index, { after }] of turns.entries()) {
        const owed = saga.resume(after).map(({ step }) => step)
        const due = unanswered(subject, turns.slice(0, index + 1))
        same(owed.toSorted(), [...due].toSorted())
      }
    }
  }
}

export const laws = <S, C extends Tagged, E extends Tagged, R>(
  name: string,
  subject: Subject<S, C, E, R>
) => {
  const histories = steps(subject)

  describe(`${name}, whatever is asked of it,`, () => {
    it("is tested in all that can happen to it", () => {
      const seen = new Set<string>()
      for (const drawn of FastCheck.sample(histories, { numRuns: 100, seed: 1 })) {
        for (const { events } of play(subject, drawn)) for (const { _tag } of events) seen.add(_tag)
      }
      same([...seen].toSorted(), subject.eventTags.toSorted())
    })

    for (const [sentence, law] of Object.entries({ ...truthful(subject), ...steady(subject) })) {
      it.prop(sentence, [histories], ([steps]) => law(play(subject, steps)), {
        fastCheck: { numRuns: 30 }
      })
    }
  })
}
