/** Completion for zsh, with what each word stands for. */
import { type Completion, everywhere, opening, optionsOf, type Word } from "./Completion.ts"

/** As zsh takes it for one word. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A word for `_describe`, where a colon ends the name. */
const described = ({ name, says }: Word): string =>
  quoted(`${name.replaceAll(":", String.raw`\:`)}:${says}`)

const list = (words: ReadonlyArray<Word>): string => `found=(${words.map(described).join(" ")})`

const cases = (entries: ReadonlyArray<readonly [at: string, words: ReadonlyArray<Word>]>): string =>
  entries.map(([at, words]) => `      ${quoted(at)}) ${list(words)} ;;`).join("\n")

export const script = ({ endings, naming, rooms, topics, valued, verbs }: Completion): string =>
  String.raw`#compdef souk
${opening("zsh", "source <(souk completions zsh), after compinit")}
_souk() {
  local cur=${"${words[CURRENT]}"} at="" opened="" help="" word
  local -a found given
  integer depth=0
  given=("${"${(@)words[2,CURRENT-1]}"}")
  for word in "${"${(@)given}"}"; do
    if [[ -n $opened ]]; then opened=""; continue; fi
    case $word in
      ${[...naming, ...valued].join("|")}) opened=$word ;;
      -*) ;;
      help) if (( depth == 0 )); then help=1; else at+=" $word"; (( depth += 1 )); fi ;;
      *) if (( depth < 2 )); then at+=" $word"; (( depth += 1 )); fi ;;
    esac
  done
  if [[ -z $opened && $cur == --*=* ]]; then opened=${"${cur%%=*}"}; compset -P '*='; fi
  case $opened in
    ${naming.join("|")}) _files; return ;;
    -*) return 1 ;;
  esac
  if [[ $cur == -* ]]; then
    case $at in
${cases(endings.map((ending) => [` ${ending.title}`, optionsOf(ending)]))}
      *) ${list(everywhere)} ;;
    esac
  else
    case $at in
      '') ${list(rooms)}; [[ -n $help ]] && found+=(${topics.map(described).join(" ")}) ;;
${cases(verbs.map(([room, inRoom]) => [` ${room}`, inRoom]))}
    esac
  fi
  _describe 'souk' found
}
if [[ $funcstack[1] == _souk ]]; then _souk "$@"; else compdef _souk souk; fi
`
