/** What must hold of the journal alone. */
import type { JournalEvent } from "../Wire.ts"
import { type Check, groupBy } from "./AuditInput.ts"

const densely: Check = {
  says: "the versions of each stream are 1, 2, 3 … without a hole (I-4)",
  find: ({ journal }) =>
    [...groupBy(journal, ({ stream }) => stream)].flatMap(([stream, events]) => {
      const wrong = events.findIndex(({ version }, index) => version !== index + 1)
      const version = events[wrong]?.version
      return wrong < 0 ? [] : [`${stream}: event ${wrong + 1} has version ${version}`]
    })
}

const rising: Check = {
  says: "positions rise, event by event (I-6)",
  find: ({ journal }) =>
    journal.flatMap(({ position }, index) => {
      const before = journal[index - 1]?.position ?? 0
      return position > before ? [] : [`position ${position} follows ${before}`]
    })
}

/** Events of one stream that are not in one piece, or not of one moment, are of two commits. */
const areOneCommit = (events: ReadonlyArray<JournalEvent>): boolean =>
  events.every(({ recordedAt, version }, index) => {
    const [first] = events
    return version === (first?.version ?? 0) + index && recordedAt === first?.recordedAt
  })

const oneEffect: Check = {
  says: "a command has its effect on a stream once, whatever the retries (I-10)",
  find: ({ journal }) =>
    [...groupBy(journal, ({ metadata, stream }) => `${stream} ${metadata.commandId}`)].flatMap(
      ([name, events]) =>
        areOneCommit(events)
          ? []
          : [`${name}: versions ${events.map(({ version }) => version).join(", ")}`]
    )
}

export const journalChecks: ReadonlyArray<Check> = [densely, rising, oneEffect]
