/** What `souk` knows about one of its commands: how it is called, and how help tells of it. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import type * as Usage from "@effect/cli/Usage"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as CommandDirective from "@effect/cli/CommandDirective"
import type { FileSystem, HttpClient, Path, Terminal } from "@effect/platform"
import { Effect, type Option } from "effect"
import type { Invocation } from "./IdempotentCall.ts"
import type { LocalDatabase } from "./database/LocalDatabase.ts"
import type { Failure } from "./Failure.ts"
import { UsageError } from "./UsageError.ts"
import type { Output } from "./Output.ts"
import type { Streams } from "./Streams.ts"

/** An option, as it may be written on the command line. */
export interface Flag {
  /** With their dashes, the long name last. */
  readonly names: readonly [string, ...ReadonlyArray<string>]
  /** Stands for the value, `<units>`; an option without one is a switch. */
  readonly placeholder: Option.Option<string>
  readonly isRequired: boolean
  readonly says: string
}

/** A word of the command line that is no option, `<sku>`. */
export interface Operand {
  readonly name: string
  readonly isRequired: boolean
  /** Whether any number of such words may follow. */
  readonly isRepeated: boolean
  readonly says: string
}

/** What a command may need. */
export type Services =
  | FileSystem.FileSystem
  | HttpClient.HttpClient
  | Invocation
  | LocalDatabase
  | Output
  | Path.Path
  | Streams
  | Terminal.Terminal

/** A command at work. */
export type Run = Effect.Effect<void, Failure, Services>

export interface CommandSpec {
  /** A room that is one command has its own name for a verb. */
  readonly words: readonly [room: string, verb: string]
  readonly summary: string
  readonly examples: ReadonlyArray<readonly [line: string, says: string]>
  readonly notes: ReadonlyArray<string>
  readonly flags: ReadonlyArray<Flag>
  readonly operands: ReadonlyArray<Operand>
  /** Given its own words of the command line, in the order that `CommandLine` brings them into. */
  readonly run: (args: ReadonlyArray<string>) => Run
}

// `CommandLine` has its own did-you-mean, for the whole line.
const config = CliConfig.make({ isCaseSensitive: true, autoCorrectLimit: 0, showBuiltIns: false })

export const longName = ({ names }: Flag): string => names.at(-1) ?? names[0]

/** The page of a command: how it is called is read off the command, which alone decides that. */
export const make = <A>(
  room: string,
  command: Command.Command<string, Services, Failure, A>,
  { verb, ...told }: Pick<CommandSpec, "examples" | "notes" | "summary"> & { readonly verb: string }
): CommandSpec => {
  const help = Command.getHelp(command, config)
  const usages = named(Command.getUsage(command), true)
  const says = (name: string) =>
    // A word that may be repeated is a term with dots behind it.
    definitions(help).find(({ term }) => term.split(/[\s(),]+|\.{3}/).includes(name))?.says ?? ""
  return {
    words: [room, verb],
    flags: usages.flatMap(({ isRequired, placeholder, names: [first, ...others] }) =>
      first?.startsWith("-")
        ? [{ names: [first, ...others], placeholder, isRequired, says: says(first) }]
        : []
    ),
    operands: usages.flatMap(({ isRepeated, isRequired, names: [name] }) =>
      name?.startsWith("<") ? [{ name, isRequired, isRepeated, says: says(name) }] : []
    ),
    run: (args) =>
      CommandDescriptor.parse(command.descriptor, [verb, ...args], config).pipe(
        Effect.mapError(
          ({ error }) =>
            new UsageError({ message: plain(error), hint: `See: souk help ${title([room, verb])}` })
        ),
        Effect.flatMap((directive) =>
          CommandDirective.isUserDefined(directive)
            ? command.handler(directive.value)
            : Effect.dieMessage("the library has taken an option for one of its own")
        )
      ),
    ...told
  }
}

/** How the words of a page are written. */
export const title = ([room, verb]: CommandSpec["words"]): string =>
  room === verb ? room : `${room} ${verb}`

interface NamedUsage {
  readonly names: ReadonlyArray<string>
  readonly placeholder: Option.Option<string>
  readonly isRequired: boolean
  readonly isRepeated: boolean
}

const named = (usage: Usage.Usage, isRequired: boolean): ReadonlyArray<NamedUsage> => {
  switch (usage._tag) {
    case "Empty":
    case "Mixed":
      return []
    case "Named":
      return [
        {
          names: usage.names,
          placeholder: usage.acceptedValues,
          isRequired,
          isRepeated: false
        }
      ]
    case "Optional":
      return named(usage.usage, false)
    case "Repeated":
      // The library takes none at all for a repetition.
      return named(usage.usage, false).map((one) => ({ ...one, isRepeated: true }))
    case "Alternation":
    case "Concat":
      return [...named(usage.left, isRequired), ...named(usage.right, isRequired)]
  }
}

interface Definition {
  readonly term: string
  readonly says: string
}

const definitions = (doc: HelpDoc.HelpDoc): ReadonlyArray<Definition> => {
  switch (doc._tag) {
    case "Sequence":
      return [...definitions(doc.left), ...definitions(doc.right)]
    case "DescriptionList":
      return doc.definitions.map(([term, says]) => {
        // The library's own first words name the type, and its last ones how often it may be given.
        const [, ...ours] = paragraphs(says)
        return {
          term: textOf(term),
          says: ours
            .filter((text) => !/^This (setting is optional|argument may be repeated)/.test(text))
            .join(" ")
        }
      })
    case "Empty":
    case "Enumeration":
    case "Header":
    case "Paragraph":
      return []
  }
}

const paragraphs = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Sequence":
      return [...paragraphs(doc.left), ...paragraphs(doc.right)]
    case "Paragraph":
      return [textOf(doc.value)]
    case "DescriptionList":
    case "Empty":
    case "Enumeration":
    case "Header":
      return []
  }
}

/** The plain text of what the library says of why a value is refused. */
const plain = (doc: HelpDoc.HelpDoc): string => paragraphs(doc).join(" ")

const textOf = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Highlight":
    case "Strong":
    case "Weak":
      return textOf(span.value)
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
  }
}
