/** What can be typed after `souk`, by the same pages that help is made of. */
import { Array as Arr, Option } from "effect"
import { type Flag, longName, type CommandSpec, title } from "../CommandSpec.ts"

/** A word that can be typed, and what it stands for. */
export interface Word {
  readonly name: string
  readonly says: string
}

/** What can be typed after a command. */
export interface Ending {
  /** The words of the command: `stock receive`, or `doctor`. */
  readonly title: string
  readonly flags: ReadonlyArray<Flag>
}

export interface Completion {
  readonly rooms: ReadonlyArray<Word>
  readonly topics: ReadonlyArray<Word>
  /** By the room; none for a room that is one command. */
  readonly verbs: ReadonlyArray<readonly [room: string, verbs: ReadonlyArray<Word>]>
  readonly endings: ReadonlyArray<Ending>
  /** The options after which a file is named. */
  readonly naming: ReadonlyArray<string>
  /** The options after which any other value comes, of which nothing is known here. */
  readonly valued: ReadonlyArray<string>
}

const topics: ReadonlyArray<Word> = [
  { name: "exit-codes", says: "What the exit codes mean." },
  { name: "environment", says: "Where souk finds the shop, and the key." }
]

/** Options that are there wherever one may be. */
export const everywhere: ReadonlyArray<Word> = [
  { name: "--help", says: "What can be done here, and how." },
  { name: "--version", says: "Which souk this is." }
]

const isAlone = ({ words: [room, verb] }: CommandSpec): boolean => room === verb

const isOfFile = ({ placeholder }: Flag): boolean => Option.contains(placeholder, "<path>")

const namesOf = (flags: ReadonlyArray<Flag>): ReadonlyArray<string> =>
  Arr.dedupe(flags.flatMap(({ names }) => names))

export const make = (pages: ReadonlyArray<CommandSpec>): Completion => {
  const byRoom = Object.entries(Arr.groupBy(pages, ({ words }) => words[0]))
  const flags = pages.flatMap((page) => page.flags)
  const valued = flags.filter(({ placeholder }) => Option.isSome(placeholder))
  return {
    rooms: [
      ...byRoom.map(([name, [first, ...others]]) => ({
        name,
        says: isAlone(first)
          ? first.summary
          : [first, ...others].map(({ words }) => words[1]).join(", ")
      })),
      { name: "help", says: "All about a command." }
    ],
    topics,
    verbs: byRoom.map(([room, inRoom]) => [
      room,
      inRoom.flatMap((page) => (isAlone(page) ? [] : [{ name: page.words[1], says: page.summary }]))
    ]),
    endings: pages.map((page) => ({ title: title(page.words), flags: page.flags })),
    naming: namesOf(valued.filter(isOfFile)),
    valued: namesOf(valued.filter((flag) => !isOfFile(flag)))
  }
}

/** The long options of a command, and those that are everywhere. */
export const optionsOf = ({ flags }: Ending): ReadonlyArray<Word> => [
  ...flags.map((flag) => ({ name: longName(flag), says: flag.says })),
  ...everywhere
]

/** The first words of the script: what it is, and how it is loaded. */
export const opening = (shell: string, load: string): string =>
  `# Completion of souk for ${shell}, made by: souk completions ${shell}\n# To load it: ${load}`
