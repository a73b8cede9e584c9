/** `souk dead-letter`: events that a subscription could not process; replay or discard them. */
import * as Args from "@effect/cli/Args"
import { text } from "@souk/domain/kernel/Text"
import type { Timestamp } from "@souk/domain/kernel/Timestamp"
import {
  type DeadLetter,
  DeadLetterId,
  type DeadLettersResolved,
  type DeadLetterWithBody,
  letterRequestMax,
  Reason,
  Source
} from "@souk/http/operations/DeadLetterApi"
import { Array as Arr, Effect, Option } from "effect"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Resource from "../Resource.ts"
import type * as Shop from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { type Columns, moment, pairs, printable } from "../Table.ts"
import * as Values from "../Values.ts"

const aDeadLetter = {
  placeholder: "<dead-letter>",
  schema: DeadLetterId,
  expects: "the id of a dead letter: dl_ and a number"
}
const letterId = Values.operand("dead-letter", {
  ...aDeadLetter,
  says: "The dead letter, by its id."
})

const narrowing = {
  source: Values.optional("source", {
    placeholder: "<name>",
    says: "Only those of this subscription, such as order_list.",
    schema: Source,
    expects: "the name of a subscription, such as order_list"
  }),
  reason: Values.optional("reason", {
    placeholder: "<reason>",
    says: "Only those that failed for this reason, such as undecodable.",
    schema: Reason,
    expects: `one of ${Reason.literals.join(", ")}`
  })
}

const columns: Columns<DeadLetter> = [
  { title: "DEAD LETTER", cell: ({ id }) => id },
  { title: "SOURCE", cell: ({ source }) => source },
  { title: "FAULT", cell: ({ fault }) => fault },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "EVENT", cell: ({ type }) => type ?? "-" },
  { title: "SUBJECT", cell: ({ subject }) => subject ?? "-" },
  { title: "DIED", cell: ({ diedAt }) => moment(diedAt) }
]

const list = Resource.list({
  summary: "List open dead letters, newest first.",
  examples: [
    ["souk dead-letter list", "Which events could the shop not process?"],
    ["souk dead-letter list --source order_list --json | jq -r .detail", "The reasons."]
  ],
  notes: [
    "A list that cannot process an event puts it here and continues. Later events of the",
    "same order, payment or product are held back until the dead letter is resolved.",
    "--json prints one dead letter a line: {id, source, fault, reason, detail, attempts, eventId,",
    "type, subject, firstAt, diedAt}."
  ],
  things: "dead letters",
  options: narrowing,
  after: { ...aDeadLetter, says: "Only older ones than this one, to go on with a list." },
  page: (client, page, given) =>
    client.deadLetters.list({ urlParams: { ...page, ...Values.given(given) } }),
  idOf: ({ id }: DeadLetter) => id,
  columns,
  none: "There are no open dead letters."
})

const described = (letter: DeadLetterWithBody): string =>
  [
    ...pairs([
      ["dead letter", letter.id],
      ["source", letter.source],
      ["fault", letter.fault],
      ["reason", letter.reason],
      ["detail", printable(letter.detail)],
      ["attempts", String(letter.attempts)],
      ["event", `${letter.type ?? "-"} ${letter.eventId ?? ""}`],
      ["subject", letter.subject ?? "-"],
      ["failed first", moment(letter.firstAt)],
      ["died", moment(letter.diedAt)],
      ...(letter.resolvedAt === undefined
        ? []
        : [
            [
              letter.resolution ?? "resolved",
              `${moment(letter.resolvedAt)} by ${printable(letter.resolvedBy ?? "-")}`
            ] as const
          ])
    ]),
    "",
    printable(letter.body)
  ].join("\n")

const show = Resource.command({
  verb: "show",
  summary: "Show a dead letter with its event.",
  examples: [["souk dead-letter show dl_7", "What is in it, and why did it fail?"]],
  notes: [
    "A dead letter can be shown for 90 days after it was resolved.",
    "--json prints it as `souk dead-letter list --json` does, with body, and with resolvedAt,",
    "resolution and resolvedBy where it is resolved."
  ],
  options: { id: letterId },
  run: ({ id }, connect) =>
    Effect.gen(function* () {
      const output = yield* Output
      const shop = yield* connect
      const letter = yield* shop.ask((client) => client.deadLetters.get({ path: { id } }))
      yield* output.data(letter, () => described(letter))
      if (letter.resolvedAt === undefined) yield* output.say(`Next: souk dead-letter replay ${id}`)
    })
})

const choiceOptions = {
  ids: Args.repeated(letterId),
  all: Values.choice("all", "All open ones of --source, instead of ids."),
  ...narrowing,
  ...Confirmation.confirmingOptions
}

const asks = [
  "It asks first, with the count. Where stdin or stderr is no terminal, --yes is required. It",
  "ends with 7 when some stay open, and with 1 when all do.",
  "--json prints {resolved, failed, hasMore}; one that failed again is {id, detail}."
]

interface Choice {
  readonly source: Option.Option<string>
  readonly reason: Option.Option<typeof Reason.Type>
  readonly ids: ReadonlyArray<DeadLetterId>
  readonly all: boolean
}

type Selection =
  | { readonly ids: Arr.NonEmptyReadonlyArray<DeadLetterId> }
  | { readonly source: string; readonly reason?: typeof Reason.Type; readonly until?: Timestamp }

const unclear = new UsageError({
  message: "it is not clear which dead letters are meant",
  hint: "Name them by their ids, or give --all and --source; --reason narrows the latter."
})

/** What is meant, and how many there are: nothing that comes to be after it was counted. */
const choose = (shop: Shop.Shop, { all, ids, reason, source }: Choice) =>
  Effect.gen(function* () {
    const isById = Arr.isNonEmptyReadonlyArray(ids) && ids.length <= letterRequestMax
    if (isById && !all && Option.isNone(source) && Option.isNone(reason)) {
      return { selection: { ids }, count: String(ids.length) }
    }
    if (ids.length > 0 || !all || Option.isNone(source)) return yield* unclear
    const wish = Values.given({ source, reason })
    let count = 0
    let until: Timestamp | undefined
    let startingAfter: DeadLetterId | undefined
    for (let hasMore = true; hasMore && count < letterRequestMax;) {
      const urlParams = { ...wish, limit: 100, startingAfter }
      const page = yield* shop.ask((client) => client.deadLetters.list({ urlParams }))
      count += page.data.length
      until ??= page.data[0]?.diedAt
      startingAfter = page.data.at(-1)?.id
      hasMore = page.hasMore && startingAfter !== undefined
    }
    const selection = { ...wish, source: source.value, ...(until && { until }) }
    return { selection, count: count < letterRequestMax ? String(count) : `${count} or more` }
  })

type Send = (
  selection: Selection
) => Effect.Effect<DeadLettersResolved, Effect.Effect.Error<ReturnType<Shop.Shop["ask"]>>>

/** Sends the request until nothing is left of what was chosen, or nothing moves any more. */
const resolveAll = (send: Send, selection: Selection) =>
  Effect.gen(function* () {
    let resolved = 0
    const failed = new Map<string, string>()
    for (;;) {
      const done = yield* send(selection)
      resolved += done.resolved
      for (const { detail, id } of done.failed) failed.set(id, detail)
      if (!done.hasMore || done.resolved === 0) {
        const told = [...failed].map(([id, detail]) => ({ id, detail }))
        return { resolved, failed: told, hasMore: done.hasMore }
      }
    }
  })

/** Asks with the count, sends, and says what became of it. */
const carryOut = (
  { yes, ...choice }: Choice & { readonly yes: boolean },
  connect: Resource.Connect,
  verb: "Discard" | "Replay",
  send: (shop: Shop.Shop) => Send
) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* Confirmation.possible(yes)
    const shop = yield* connect
    const { count, selection } = yield* choose(shop, choice)
    if (count === "0") return yield* output.say("There are no such dead letters.")
    yield* Confirmation.ask(
      yes,
      `${verb} ${count} ${count === "1" ? "dead letter" : "dead letters"}?`
    )
    const done = yield* resolveAll(send(shop), selection)
    const past = verb === "Replay" ? "Replayed" : "Discarded"
    yield* output.data(done, () =>
      [
        `${past} ${done.resolved}.`,
        ...done.failed.map(({ detail, id }) => `  ${id} failed again: ${printable(detail)}`)
      ].join("\n")
    )
    if (done.failed.length === 0 && !done.hasMore) return
    return yield* new CommandFailed({
      code: "dead_letters_left",
      message: done.hasMore ? "some stay open" : `${done.failed.length} failed again and stay open`,
      hint: "See: souk dead-letter list",
      exitCode: done.resolved > 0 ? ExitCode.partlyDone : ExitCode.failure
    })
  })

const replay = Resource.command({
  verb: "replay",
  summary: "Deliver dead letters again to their subscriptions.",
  examples: [
    ["souk dead-letter replay dl_7", "After the fix: this one."],
    [
      "souk dead-letter replay --all --source order_list --reason undecodable",
      "All with this reason."
    ]
  ],
  notes: [
    "The event and what was held back behind it are taken in. Replayed twice, it acts once; one",
    "that fails again stays open.",
    ...asks
  ],
  options: choiceOptions,
  run: (choice, connect) =>
    carryOut(
      choice,
      connect,
      "Replay",
      (shop) => (payload) => shop.ask((client) => client.deadLetters.replay({ payload }))
    )
})

const discard = Resource.command({
  verb: "discard",
  summary: "Discard dead letters: the subscription continues without these events.",
  examples: [
    ["souk dead-letter discard dl_7 --note 'written by a test'", "Continue without this event."]
  ],
  notes: [
    "The list goes on as if there were no such event; the journal keeps it. What was held back",
    "behind it is taken in. A rebuild leaves the event out for as long as the dead letter is",
    "kept: 90 days.",
    ...asks
  ],
  options: {
    ...choiceOptions,
    note: Values.required("note", {
      ...Values.textTo(500),
      says: "Why; it goes into the security log.",
      schema: text(500)
    })
  },
  run: ({ note, ...choice }, connect) =>
    carryOut(
      choice,
      connect,
      "Discard",
      (shop) => (selection) =>
        shop.ask((client) => client.deadLetters.discard({ payload: { ...selection, note } }))
    )
})

export const deadLetter = Resource.room(
  "dead-letter",
  [list, show, replay, discard],
  "souk dead-letter list"
)
