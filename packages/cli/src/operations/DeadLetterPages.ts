/** `souk dead-letter`, and how help tells of it. */
import * as Command from "@effect/cli/Command"
import * as Page from "../Page.ts"
import * as DeadLetter from "./DeadLetterCli.ts"

export const deadLetter = Command.make("dead-letter").pipe(
  Command.withSubcommands([DeadLetter.discard, DeadLetter.list, DeadLetter.replay, DeadLetter.show])
)

const fields = [
  "--json prints {id, source, fault, reason, detail, attempts, eventId, type, subject, firstAt,",
  "diedAt}, and resolvedAt, resolution and resolvedBy where it is resolved"
] as const

const asks = [
  "It asks first, with the count. Where stdin or stderr is no terminal, --yes is required. It",
  "ends with 7 when some stay open, and with 1 when all do.",
  "--json prints {resolved, failed, hasMore}; one that failed again is {id, detail}."
]

export const deadLetterPages = [
  Page.make("dead-letter", DeadLetter.list, {
    verb: "list",
    examples: [
      ["souk dead-letter list", "What could the shop not handle?"],
      ["souk dead-letter list --source order_list --json | jq -r .detail", "Why not?"]
    ],
    notes: [
      "A list that cannot take in an event puts it here and goes on. What happened later to the",
      "same order, payment or product is held back from it until the dead letter is resolved.",
      `${fields[0]}`,
      `${fields[1]}, one a line.`
    ]
  }),
  Page.make("dead-letter", DeadLetter.show, {
    verb: "show",
    examples: [["souk dead-letter show dl_7", "What was in it, and why did it fail?"]],
    notes: [
      "A dead letter can be shown for 90 days after it was resolved.",
      `${fields[0]}`,
      `${fields[1]}, and body.`
    ]
  }),
  Page.make("dead-letter", DeadLetter.replay, {
    verb: "replay",
    examples: [
      ["souk dead-letter replay dl_7", "After the fix: this one."],
      ["souk dead-letter replay --all --source order_list --reason undecodable", "All such."]
    ],
    notes: [
      "The event and what was held back behind it are taken in. Replayed twice, it acts once; one",
      "that fails again stays open.",
      ...asks
    ]
  }),
  Page.make("dead-letter", DeadLetter.discard, {
    verb: "discard",
    examples: [
      ["souk dead-letter discard dl_7 --note 'written by a test'", "Without this event, then."]
    ],
    notes: [
      "The list goes on as if there were no such event; the journal keeps it. What was held back",
      "behind it is taken in. A rebuild leaves the event out for as long as the dead letter is",
      "kept: 90 days.",
      ...asks
    ]
  })
]
