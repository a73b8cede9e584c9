/** The known word that a mistyped one most resembles. */
import { Array as Arr, Number as Num, Option, Order } from "effect"

/** How many letters must be changed, added, dropped or swapped to make one word the other. */
const distance = (from: string, to: string): number => {
  const rows: Array<Array<number>> = [Arr.makeBy(to.length + 1, (column) => column)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    rows.push(line)
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      line.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          row > 1 && column > 1 && isSwap ? cell(row - 2, column - 2) + 1 : Infinity
        )
      )
    }
  }
  return cell(from.length, to.length)
}

/** The nearest of `known`, unless even that is far off. The beginning of a word counts as near. */
export const nearest = (word: string, known: ReadonlyArray<string>): Option.Option<string> => {
  const lower = word.toLowerCase()
  const judged = known.map((candidate) => ({
    candidate,
    far: lower.length > 1 && candidate.startsWith(lower) ? 0 : distance(lower, candidate)
  }))
  const byDistance = Order.mapInput(Num.Order, ({ far }: { readonly far: number }) => far)
  return Option.map(
    Option.filter(Arr.head(Arr.sort(judged, byDistance)), ({ candidate, far }) => {
      return far <= Math.max(1, Math.floor(candidate.length / 3))
    }),
    ({ candidate }) => candidate
  )
}
