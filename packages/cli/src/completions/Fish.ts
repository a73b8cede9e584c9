/** Completion for fish, with what each word stands for. */
import { Option } from "effect"
import { type Flag, longName } from "../CommandSpec.ts"
import { type Completion, everywhere, opening, type Word } from "./Completion.ts"

/** As fish takes it for one word. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`

const word = (condition: string, { name, says }: Word): string =>
  `complete -c souk -n ${quoted(condition)} -a ${quoted(name)} -d ${quoted(says)}`

/** How an option is written without its dashes. */
const bare = (name: string): string => name.replace(/^-+/, "")

const option = (condition: string, flag: Flag, naming: ReadonlyArray<string>): string => {
  const long = longName(flag)
  const shorts = flag.names.filter((name) => !name.startsWith("--"))
  const value = naming.includes(long) ? "-r -F" : "-x"
  return [
    `complete -c souk -n ${quoted(condition)} -l ${bare(long)}`,
    ...shorts.map((name) => `-s ${bare(name)}`),
    ...(Option.isSome(flag.placeholder) ? [value] : []),
    `-d ${quoted(flag.says)}`
  ].join(" ")
}

export const script = ({ endings, naming, rooms, topics, valued, verbs }: Completion): string => {
  const lines = [
    ...rooms.map((one) => word("__souk_at ''", one)),
    ...topics.map((one) => word("__souk_at ''; and __souk_helps", one)),
    ...verbs.flatMap(([room, inRoom]) => inRoom.map((one) => word(`__souk_at ${room}`, one))),
    ...endings.flatMap(({ flags, title }) =>
      flags.map((flag) => option(`__souk_at '${title}'`, flag, naming))
    ),
    ...everywhere.map(({ name, says }) => `complete -c souk -l ${bare(name)} -d ${quoted(says)}`)
  ]
  return String.raw`${opening("fish", "souk completions fish | source")}
function __souk_tokens
  set -l tokens (commandline -opc)
  set -e tokens[1]
  string join -- \n $tokens
end
function __souk_at -d "Whether these are the words so far, without help, options and values"
  set -l at
  set -l opened 0
  for token in (__souk_tokens)
    if test $opened -eq 1
      set opened 0
      continue
    end
    switch $token
      case ${[...naming, ...valued].map(quoted).join(" ")}
        set opened 1
      case '-*'
      case help
        if test (count $at) -gt 0
          set -a at $token
        end
      case '*'
        if test (count $at) -lt 2
          set -a at $token
        end
    end
  end
  test "$at" = "$argv[1]"
end
function __souk_helps
  contains help (__souk_tokens)
end
complete -c souk -f
${lines.join("\n")}
`
}
