/** "Did you mean …?": the known word that a mistyped one most resembles. */
import { nearest } from "@souk/actors/configuration/Nearest"
import { Option } from "effect"

/** Words for a hint: the nearest known word, else all of them. */
export const didYouMean = (word: string, known: ReadonlyArray<string>): string =>
  Option.match(nearest(word, known), {
    onSome: (candidate) => `Did you mean ${candidate}?`,
    onNone: () => `Known: ${known.join(", ")}`
  })
