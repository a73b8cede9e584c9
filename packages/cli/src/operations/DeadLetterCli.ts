/** `souk dead-letter`: events that the shop could not handle, and what to do with them. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
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
import { commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import { ExitCode } from "../ExitCode.ts"
import * as Listing from "../Listing.ts"
import { Misuse } from "../Misuse.ts"
import { Output, type Paint } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { Stopped } from "../Stopped.ts"
import { moment, pairs, printable, table } from "../Table.ts"
import * as Values from "../Values.ts"

const letterId = Values.operand("dead-letter", {
  says: "The dead letter, by its id.",
  schema: DeadLetterId,
  expects: "the id of a dead letter: dl_ and a number"
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

const inTable = (letters: ReadonlyArray<DeadLetter>, paint: Paint): string =>
  table<DeadLetter>(
    [
      { title: "DEAD LETTER", cell: ({ id }) => id },
      { title: "SOURCE", cell: ({ source }) => source },
      { title: "FAULT", cell: ({ fault }) => fault },
      { title: "REASON", cell: ({ reason }) => reason },
      { title: "EVENT", cell: ({ type }) => type ?? "-" },
      { title: "SUBJECT", cell: ({ subject }) => subject ?? "-" },
      { title: "DIED", cell: ({ diedAt }) => moment(diedAt) }
    ],
    letters,
    paint
  )

/** The options that are set, as query parameters or members of a body. */
const given = ({ reason, source }: Wish) => ({
  ...Option.match(source, { onNone: () => ({}), onSome: (source) => ({ source }) }),
  ...Option.match(reason, { onNone: () => ({}), onSome: (reason) => ({ reason }) })
})

interface Wish {
  readonly source: Option.Option<string>
  readonly reason: Option.Option<typeof Reason.Type>
}

const listOptions = {
  ...narrowing,
  limit: Listing.limitOption("dead letters"),
  after: Values.optional("starting-after", {
    placeholder: "<dead-letter>",
    says: "Only older ones than this one, to go on with a list.",
    schema: DeadLetterId,
    expects: "the id of a dead letter: dl_ and a number"
  }),
  ...commonOptions
}

export const list = Command.make("list", listOptions, ({ after, keyFile, limit, ...wish }) =>
  Effect.gen(function* () {
    const shop = yield* Shop.connect(keyFile)
    yield* Listing.tellList(
      {
        page: (page) =>
          shop.ask((client) => client.deadLetters.list({ urlParams: { ...page, ...given(wish) } })),
        idOf: ({ id }: DeadLetter) => id,
        inTable,
        none: "There are no open dead letters."
      },
      { after, limit }
    )
  })
).pipe(Command.withDescription("Open dead letters, newest first."))

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

export const show = Command.make("show", { id: letterId, ...commonOptions }, ({ id, keyFile }) =>
  Effect.gen(function* () {
    const output = yield* Output
    const shop = yield* Shop.connect(keyFile)
    const letter = yield* shop.ask((client) => client.deadLetters.get({ path: { id } }))
    yield* output.data(letter, () => described(letter))
    if (letter.resolvedAt === undefined) yield* output.say(`Next: souk dead-letter replay ${id}`)
  })
).pipe(Command.withDescription("One dead letter, with the event."))

const choiceOptions = {
  ids: Args.repeated(letterId),
  all: Values.choice("all", "All open ones of --source, instead of ids."),
  ...narrowing,
  ...Confirmation.confirmingOptions,
  ...commonOptions
}

interface Choice extends Wish {
  readonly ids: ReadonlyArray<DeadLetterId>
  readonly all: boolean
}

type Selection =
  | { readonly ids: Arr.NonEmptyReadonlyArray<DeadLetterId> }
  | { readonly source: string; readonly reason?: typeof Reason.Type; readonly until?: Timestamp }

const unclear = new Misuse({
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
    const wish = given({ source, reason })
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
  {
    keyFile,
    yes,
    ...choice
  }: Choice & {
    readonly keyFile: Option.Option<string>
    readonly yes: boolean
  },
  verb: "Discard" | "Replay",
  send: (shop: Shop.Shop) => Send
) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(keyFile)
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
    return yield* new Stopped({
      code: "dead_letters_left",
      message: done.hasMore ? "some stay open" : `${done.failed.length} failed again and stay open`,
      hint: "See: souk dead-letter list",
      exitCode: done.resolved > 0 ? ExitCode.partlyDone : ExitCode.failure
    })
  })

export const replay = Command.make("replay", choiceOptions, (choice) =>
  carryOut(
    choice,
    "Replay",
    (shop) => (payload) => shop.ask((client) => client.deadLetters.replay({ payload }))
  )
).pipe(Command.withDescription("Deliver dead letters again to their subscriptions."))

const discardOptions = {
  ...choiceOptions,
  note: Values.required("note", {
    placeholder: "<text>",
    says: "Why; it goes into the security log.",
    schema: text(500),
    expects: "a text of 1 to 500 characters"
  })
}

export const discard = Command.make("discard", discardOptions, ({ note, ...choice }) =>
  carryOut(
    choice,
    "Discard",
    (shop) => (selection) =>
      shop.ask((client) => client.deadLetters.discard({ payload: { ...selection, note } }))
  )
).pipe(Command.withDescription("Give dead letters up: the shop goes on without these events."))
