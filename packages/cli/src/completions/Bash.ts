/** Completion for bash, from version 3.2 on, with nothing else installed. */
import { type Completion, everywhere, opening, optionsOf, type Word } from "./Completion.ts"

const named = (words: ReadonlyArray<Word>): string => words.map(({ name }) => name).join(" ")

const cases = (entries: ReadonlyArray<readonly [pattern: string, words: string]>): string =>
  entries.map(([pattern, words]) => `    "${pattern}") words="${words}" ;;`).join("\n")

/** Names of souk are letters and dashes: none needs to be quoted. */
export const script = ({ endings, naming, rooms, topics, valued, verbs }: Completion): string =>
  String.raw`${opening("bash", "source <(souk completions bash)")}
_souk() {
  local cur=${"${COMP_WORDS[COMP_CWORD]}"} at="" depth=0 opened="" help="" words="" i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${"${COMP_WORDS[i]}"}
    if [[ $word == "=" ]]; then opened=${"${COMP_WORDS[i-1]}"}; continue; fi
    if [[ $opened ]]; then opened=""; continue; fi
    case $word in
      ${[...naming, ...valued].join("|")}) opened=$word ;;
      -*) ;;
      help) if [[ $depth == 0 ]]; then help=1; else at+=" $word"; ((depth++)); fi ;;
      *) if ((depth < 2)); then at+=" $word"; ((depth++)); fi ;;
    esac
  done
  COMPREPLY=()
  if [[ $cur == "=" ]]; then opened=${"${COMP_WORDS[COMP_CWORD-1]}"}; cur=""; fi
  case $opened in
    ${naming.join("|")})
      compopt -o filenames 2> /dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
      return ;;
    -*) return ;;
  esac
  if [[ $cur == -* ]]; then
    case $at in
${cases(endings.map((ending) => [` ${ending.title}`, named(optionsOf(ending))]))}
    *) words="${named(everywhere)}" ;;
    esac
  else
    case $at in
    "") words="${named(rooms)}"; [[ $help ]] && words+=" ${named(topics)}" ;;
${cases(verbs.map(([room, inRoom]) => [` ${room}`, named(inRoom)]))}
    esac
  fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur")
}
complete -F _souk souk
`
