/**
 * Parses a command line with options in any place, and names mistakes. It passes the arguments to
 * `@effect/cli` in one unambiguous order:
 * `stock receive --quantity=5 -- TEA-MINT`.
 */
import { Array as Arr, Either, Option } from "effect"
import { UsageError } from "./UsageError.ts"
import { type Flag, longName, type CommandSpec, title } from "./CommandSpec.ts"
import { didYouMean } from "./Suggestion.ts"

export type Reading =
  | { readonly _tag: "Version" }
  /** Help for these words, as far as they name something. */
  | { readonly _tag: "Help"; readonly words: ReadonlyArray<string> }
  | { readonly _tag: "Run"; readonly page: CommandSpec; readonly args: ReadonlyArray<string> }

interface Given {
  /** With its dashes. */
  readonly name: string
  readonly value: Option.Option<string>
}

interface Split {
  readonly words: ReadonlyArray<string>
  readonly given: ReadonlyArray<Given>
}

const misuse = (message: string, hint: string) => Either.left(new UsageError({ message, hint }))

const helpFor = (page: CommandSpec) => `See: souk help ${title(page.words)}`

/** The options on a command line by name, also when the rest is invalid. */
export const optionsOf = (
  pages: ReadonlyArray<CommandSpec>,
  args: ReadonlyArray<string>
): ReadonlySet<string> => new Set(split(pages, args).given.map(({ name }) => name))

export const read = (
  pages: ReadonlyArray<CommandSpec>,
  args: ReadonlyArray<string>
): Either.Either<Reading, UsageError> =>
  Either.gen(function* () {
    const { given, words: typed } = split(pages, args)
    const words = renamed(typed)
    const isGiven = (...names: ReadonlyArray<string>) =>
      given.some(({ name }) => names.includes(name))
    if (isGiven("--version")) return { _tag: "Version" }
    if (words[0] === "help") return { _tag: "Help", words: renamed(words.slice(1)) }
    if (isGiven("--help", "-h")) return { _tag: "Help", words: words.slice(0, 2) }
    const [room, verb, ...operands] = spelledOut(pages, words)
    if (room === undefined || verb === undefined) {
      yield* Either.all(given.map((each) => known(pages, each)))
      return { _tag: "Help", words }
    }
    const page = yield* specOf(pages, room, verb)
    yield* Either.all(given.map((each) => known([page], each)))
    yield* once(page, given)
    yield* complete(page, given, operands)
    return { _tag: "Run", page, args: [...given.flatMap(written), "--", ...operands] }
  })

/** Former names of commands, which help does not show. */
const formerNames: ReadonlyMap<string, readonly [room: string, verb: string]> = new Map([
  ["order unstick", ["order", "resume"]],
  ["saga due", ["reminder", "list"]]
])

const renamed = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const name = formerNames.get(words.slice(0, 2).join(" "))
  return name === undefined ? words : [...name, ...words.slice(2)]
}

/** `doctor` is a room and its only command: one word stands for both. */
const spelledOut = (
  pages: ReadonlyArray<CommandSpec>,
  words: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const [first, ...rest] = words
  const isAlone = pages.some(({ words: [room, verb] }) => room === first && room === verb)
  return isAlone && first !== undefined ? [first, first, ...rest] : words
}

/** The page that the two words name. */
export const specOf = (
  pages: ReadonlyArray<CommandSpec>,
  room: string,
  verb: string
): Either.Either<CommandSpec, UsageError> =>
  Either.gen(function* () {
    const inRoom = yield* roomOf(pages, room)
    const page = inRoom.find(({ words }) => words[1] === verb)
    if (page !== undefined) return page
    const verbs = inRoom.map(({ words }) => words[1])
    return yield* misuse(`souk ${room} knows no "${verb}"`, didYouMean(verb, verbs))
  })

/** All pages of one room. */
export const roomOf = (
  pages: ReadonlyArray<CommandSpec>,
  room: string
): Either.Either<ReadonlyArray<CommandSpec>, UsageError> => {
  const inRoom = pages.filter(({ words }) => words[0] === room)
  const rooms = Arr.dedupe(pages.map(({ words }) => words[0]))
  return inRoom.length > 0
    ? Either.right(inRoom)
    : misuse(`souk knows no "${room}"`, didYouMean(room, [...rooms, "help"]))
}

/** Separates words from options with their values. After `--` all are words. */
const split = (pages: ReadonlyArray<CommandSpec>, args: ReadonlyArray<string>): Split => {
  const words: Array<string> = []
  const given: Array<Given> = []
  const flags = pages.flatMap((page) => page.flags)
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      words.push(...rest.splice(0))
    } else if (!/^-[^\d]/.test(arg)) {
      words.push(arg)
    } else if (isCluster(flags, arg)) {
      rest.unshift(...arg.slice(1).replaceAll(/./g, "-$& ").trim().split(" "))
    } else {
      const [name, value] = cut(arg)
      const [next] = rest
      const takesNext = value === undefined && takesValue(flags, name) && !isFlag(flags, next)
      given.push({ name, value: Option.fromNullable(takesNext ? rest.shift() : value) })
    }
  }
  return { words, given }
}

const cut = (arg: string): readonly [name: string, value: string | undefined] => {
  const at = arg.indexOf("=")
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)]
}

const flagOf = (flags: ReadonlyArray<Flag>, name: string) =>
  flags.find(({ names }) => names.includes(name))

const isFlag = (flags: ReadonlyArray<Flag>, arg: string | undefined): boolean =>
  arg === "--" || (arg !== undefined && flagOf(flags, cut(arg)[0]) !== undefined)

const takesValue = (flags: ReadonlyArray<Flag>, name: string): boolean =>
  Option.isSome(
    Option.flatMap(Option.fromNullable(flagOf(flags, name)), (flag) => flag.placeholder)
  )

/** `-nq` is `-n -q`, where both exist. */
const isCluster = (flags: ReadonlyArray<Flag>, arg: string): boolean =>
  /^-[a-z]{2,}$/i.test(arg) &&
  Arr.fromIterable(arg.slice(1)).every((letter) => flagOf(flags, `-${letter}`) !== undefined)

/** Whether one of the pages has the option, and it has a value exactly where it takes one. */
const known = (pages: ReadonlyArray<CommandSpec>, { name, value }: Given) => {
  const flags = pages.flatMap((page) => page.flags)
  const flag = flagOf(flags, name)
  const [page] = pages
  const hint = pages.length === 1 && page !== undefined ? helpFor(page) : "See: souk help"
  if (flag === undefined) {
    const names = Arr.dedupe([...flags.map(longName), "--help", "--version"])
    return misuse(`there is no option ${name}`, didYouMean(name, names))
  }
  if (Option.isNone(flag.placeholder)) {
    return Option.isNone(value)
      ? Either.right(flag)
      : misuse(`${name} is a switch and takes no value`, hint)
  }
  return Option.isSome(value)
    ? Either.right(flag)
    : misuse(`${name} ${flag.placeholder.value} lacks its value`, hint)
}

const once = ({ flags }: CommandSpec, given: ReadonlyArray<Given>) => {
  const twice = flags.find(
    ({ names }) => given.filter(({ name }) => names.includes(name)).length > 1
  )
  return twice === undefined
    ? Either.right(undefined)
    : misuse(`${longName(twice)} is given more than once`, "Give it once.")
}

/** Checks for missing and surplus operands and options. */
const complete = (
  page: CommandSpec,
  given: ReadonlyArray<Given>,
  operands: ReadonlyArray<string>
) => {
  const missing = page.flags.find(
    ({ isRequired, names }) => isRequired && !given.some(({ name }) => names.includes(name))
  )
  const operand = page.operands[operands.length]
  const isOpen = page.operands.at(-1)?.isRepeated === true
  const surplus = isOpen ? undefined : operands[page.operands.length]
  if (operand?.isRequired) return misuse(`${operand.name} is missing`, helpFor(page))
  if (surplus !== undefined) return misuse(`what is "${surplus}" for?`, helpFor(page))
  if (missing === undefined) return Either.right(undefined)
  const placeholder = Option.getOrElse(missing.placeholder, () => "")
  return misuse(`${longName(missing)} ${placeholder} is missing`, helpFor(page))
}

/** In a form that the library does not change: it trims `--name=value` and reads one line. */
const written = ({ name, value }: Given): ReadonlyArray<string> =>
  Option.match(value, {
    onNone: () => [name],
    onSome: (value) =>
      name.startsWith("--") && /^\S(.*\S)?$/.test(value) ? [`${name}=${value}`] : [name, value]
  })
