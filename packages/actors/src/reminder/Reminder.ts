/** Named timers of a stream, written in the same commit as its events. */
import { Context } from "effect"
import type { ReminderChange, ReminderDue, StreamId } from "../journal/Journal.ts"
import type { Claimed, LeasedQueue, Listed } from "./LeasedQueue.ts"

/**
 * The reminders of a state: when the sweeper tells the stream to resume, by name. `saga` is the
 * name for what the stream owes others.
 *
 * A row is written when a reminder appears or changes, so a new name for states that already exist
 * needs a migration that inserts their rows.
 */
export type ReminderMap = Readonly<Record<string, ReminderDue | undefined>>

/**
 * What a step from one state to the next changes. A reminder with an equal time is kept, so that
 * `inMs` counts from the first commit that asked for it.
 */
export const changes = (before: ReminderMap, after: ReminderMap): ReadonlyArray<ReminderChange> => {
  const changed: Array<ReminderChange> = []
  for (const [name, due] of Object.entries(after)) {
    if (due !== undefined && !isSame(before[name], due)) changed.push({ _tag: "Set", name, due })
  }
  for (const [name, due] of Object.entries(before)) {
    if (due !== undefined && after[name] === undefined) changed.push({ _tag: "Clear", name })
  }
  return changed
}

const isSame = (one: ReminderDue | undefined, other: ReminderDue): boolean =>
  one !== undefined && one.inMs === other.inMs && one.at === other.at

export interface Reminder {
  readonly stream: StreamId
  readonly name: string
}

/** A reminder that is due and leased to one sweeper. */
export type DueReminder = Reminder & Claimed

/** A reminder as operators see it. */
export type ListedReminder = Reminder & Listed

/** The reminders of all streams. They are set and cleared by appends (`Append.reminders`) alone. */
export class Reminders extends Context.Tag("@souk/actors/Reminders")<
  Reminders,
  Omit<LeasedQueue<Reminder>, "finish">
>() {}
