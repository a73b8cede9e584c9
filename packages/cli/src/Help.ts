/** The pages of `souk help`: examples first. */
import { Array as Arr, Effect, Either, Option } from "effect"
import { variables } from "@souk/actors/configuration/Configuration"
import * as CommandLine from "./CommandLine.ts"
import { meanings } from "./ExitCode.ts"
import { UsageError } from "./UsageError.ts"
import { Output, type Paint } from "./Output.ts"
import { type Flag, longName, type CommandSpec, title } from "./CommandSpec.ts"
import { didYouMean } from "./Suggestion.ts"
import { indented, pairs } from "./Table.ts"

type Text = (paint: Paint) => string

type Part = readonly [title: string, lines: ReadonlyArray<string>]

/** Parts under titles, with an empty line between; a part without lines is left out. */
const document =
  (opening: string, ...parts: ReadonlyArray<Part>): Text =>
  ({ bold }) =>
    [
      opening,
      ...parts
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) => `${bold(title)}\n${indented(lines.join("\n"))}`)
    ].join("\n\n")

const examples = (all: ReadonlyArray<CommandSpec["examples"][number]>): Part => [
  "EXAMPLES",
  all.map(([line, says]) => `${line}\n    ${says}`)
]

const first = (page: CommandSpec): CommandSpec["examples"] => page.examples.slice(0, 1)

const commands = (pages: ReadonlyArray<CommandSpec>): Part => [
  "COMMANDS",
  pairs(pages.map((page) => [`souk ${title(page.words)}`, page.summary]))
]

const topicLines = [
  ["souk help exit-codes", "the exit codes"],
  ["souk help environment", "where souk finds the shop, and the key"]
] as const

const more: Part = [
  "MORE",
  pairs([
    ["souk help <command>", "details of one command, for example: souk help stock receive"],
    ...topicLines,
    ["souk --version", "the version"]
  ])
]

const ofAll = (pages: ReadonlyArray<CommandSpec>): Text =>
  document(
    "souk, the admin CLI of a shop.",
    // The first example of each room.
    examples(Arr.dedupeWith(pages, (one, other) => one.words[0] === other.words[0]).flatMap(first)),
    commands(pages),
    more
  )

const ofRoom = (room: string, pages: ReadonlyArray<CommandSpec>): Text =>
  document(`souk ${room}`, examples(pages.flatMap(first)), commands(pages), more)

const written = (flag: Flag): string =>
  [longName(flag), ...Option.toArray(flag.placeholder)].join(" ")

const ofPage = (page: CommandSpec): Text => {
  const required = page.flags.filter(({ isRequired }) => isRequired)
  const operands = page.operands.map(({ isRepeated, isRequired, name }) => {
    const written = isRepeated ? `${name}...` : name
    return isRequired ? written : `[${written}]`
  })
  const call = [...operands, ...required.map(written), "[options]"]
  return document(
    page.summary,
    examples(page.examples),
    ["USAGE", [["souk", title(page.words), ...call].join(" ")]],
    ["ARGUMENTS", pairs(page.operands.map(({ name, says }) => [name, says]))],
    ["OPTIONS", pairs(page.flags.map(option))],
    ["NOTES", page.notes],
    ["MORE", pairs(topicLines)]
  )
}

const option = (flag: Flag): readonly [string, string] => {
  const short = flag.names.length > 1 ? `${flag.names[0]}, ` : "    "
  return [short + written(flag), flag.isRequired ? `${flag.says} Required.` : flag.says]
}

const exitCodes = document("The exit codes of souk.", [
  "EXIT CODES",
  pairs(meanings.map(([code, means]) => [String(code).padStart(3), means]))
])

const environment = document(
  "Where souk finds the shop, and the key.",
  [
    "ENVIRONMENT",
    pairs(
      variables.flatMap(({ variable: { cli, name } }) => (cli === undefined ? [] : [[name, cli]]))
    )
  ],
  [
    "THE ADMIN KEY IS THE FIRST OF",
    [
      "--key-file <path>, where - reads it from stdin",
      "SOUK_ADMIN_KEY",
      "the file admin-key in the data dir, for a shop on this machine (SOUK_URL is local)"
    ]
  ]
)

const topics: Readonly<Record<string, Text>> = { "exit-codes": exitCodes, environment }

const find = (
  pages: ReadonlyArray<CommandSpec>,
  words: ReadonlyArray<string>
): Either.Either<Text, UsageError> => {
  const [first, second] = words
  if (first === undefined) return Either.right(ofAll(pages))
  const alone = pages.find(({ words: [room, verb] }) => room === first && room === verb)
  if (alone !== undefined) return Either.right(ofPage(alone))
  const topic = topics[first]
  if (topic !== undefined) return Either.right(topic)
  if (second !== undefined) return Either.map(CommandLine.specOf(pages, first, second), ofPage)
  return Either.mapBoth(CommandLine.roomOf(pages, first), {
    onRight: (inRoom) => ofRoom(first, inRoom),
    onLeft: ({ message }) => {
      const rooms = pages.map(({ words }) => words[0])
      return new UsageError({
        message,
        hint: didYouMean(first, [...rooms, ...Object.keys(topics)])
      })
    }
  })
}

/** Help for these words: all, a room, a command or a topic. */
export const show = (pages: ReadonlyArray<CommandSpec>, words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { paint, print } = yield* Output
    const text = yield* find(pages, words)
    yield* print(text(paint))
  })
