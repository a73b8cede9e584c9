/** Short constructors of appends for the tests of the journal, with default metadata. */
import { CommandId } from "@souk/domain/kernel/Ids"
import { type Context, Effect, Either } from "effect"
import {
  type Append,
  type AppendFailure,
  type Entry,
  type Journal,
  type Recorded,
  type ReminderChange,
  Session,
  type StreamId,
  type Version
} from "../../src/journal/Journal.ts"
import type { Reminders } from "../../src/reminder/Reminder.ts"

export type JournalService = Context.Tag.Service<Journal>

/** One test of a contract. */
export type Test = <E>(title: string, body: Effect.Effect<void, E, Journal | Reminders>) => void

export const entry = (type: string, payload: object = {}, commandId = "command"): Entry => ({
  type,
  schemaVersion: 1,
  payload,
  metadata: {
    commandId: CommandId.make(commandId),
    correlationId: "test",
    causationId: "test",
    who: "test"
  }
})

/** Sets a reminder that is due so long after the commit. */
export const set = (inMs: number, name = "saga"): ReminderChange => ({
  _tag: "Set",
  name,
  due: { inMs }
})

export const clear = (name = "saga"): ReminderChange => ({ _tag: "Clear", name })

/** An append of one entry in a new session by default. */
export const append = (
  stream: StreamId,
  expected: Version,
  rest: Partial<Omit<Append, "stream" | "expected">> = {}
): Append => ({
  session: new Session(),
  stream,
  expected,
  entries: [entry("Happened", { after: expected })],
  reminders: [],
  ...rest
})

/** Stands in line at once, not when the effect runs; the effect waits for the end. */
export const enqueue = (
  journal: JournalService,
  append: Append,
  answered: (failure: AppendFailure | undefined) => void = () => undefined
): Effect.Effect<Either.Either<void, AppendFailure>> => {
  const settled = new Promise<Either.Either<void, AppendFailure>>((resolve) => {
    journal.enqueue(append, (failure) => {
      answered(failure)
      resolve(failure === undefined ? Either.void : Either.left(failure))
    })
  })
  return Effect.promise(() => settled)
}

/** Appends, and fails when it failed. */
export const write = (journal: JournalService, append: Append) =>
  Effect.suspend(() => Effect.flatten(enqueue(journal, append)))

/** `ok`, or the name of the failure. */
export type Outcome = "ok" | AppendFailure["_tag"]

export const attempt = (journal: JournalService, append: Append): Effect.Effect<Outcome> =>
  Effect.suspend(() => Effect.map(enqueue(journal, append), outcomeOf))

/** All of them in one turn of the event loop. */
export const attemptAll = (journal: JournalService, appends: ReadonlyArray<Append>) =>
  Effect.suspend(() => {
    const waiting = appends.map((append) => enqueue(journal, append))
    return Effect.forEach(waiting, Effect.map(outcomeOf))
  })

export const outcomeOf: (settled: Either.Either<void, AppendFailure>) => Outcome = Either.match({
  onLeft: ({ _tag }) => _tag,
  onRight: () => "ok" as const
})

/** `stream@version`, in the order given. */
export const places = (
  events: ReadonlyArray<Pick<Recorded, "stream" | "version">>
): ReadonlyArray<string> => events.map(({ stream, version }) => `${stream}@${version}`)

/** 0, 1, 2 … */
export const range = (count: number): ReadonlyArray<number> => [...Array(count).keys()]
