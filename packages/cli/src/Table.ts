/** Text in columns, for eyes; programs get JSON. */
import { Array as Arr } from "effect"
import type { Paint } from "./Output.ts"

const unprintable = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Text from outside, fit for a terminal: what could steer it is shown as an escape. */
export const printable = (text: string): string =>
  text.replaceAll(unprintable, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  })

const segmenter = new Intl.Segmenter()
// The scripts and pictures that terminals draw in two columns.
const wide = new RegExp(
  [
    String.raw`^[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF]`,
    String.raw`^[\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]`,
    String.raw`\p{Emoji_Presentation}`
  ].join("|"),
  "u"
)
const invisible = /^\p{Mark}|^\p{Default_Ignorable_Code_Point}/u

/** How many columns of a terminal a text takes. */
export const width = (text: string): number =>
  Arr.reduce(segmenter.segment(text), 0, (columns, { segment }) => {
    if (invisible.test(segment)) return columns
    return columns + (wide.test(segment) ? 2 : 1)
  })

const pad = (text: string, columns: number, isNumber: boolean): string => {
  const space = " ".repeat(Math.max(0, columns - width(text)))
  return isNumber ? space + text : text + space
}

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers and amounts stand to the right, and so do their titles. */
  readonly isNumber?: boolean
  /** Decorates a cell that is already as wide as its column. */
  readonly paint?: (row: Row) => keyof Paint | undefined
}

export type Columns<Row> = ReadonlyArray<Column<Row>>

/** One line per row, under a title for eyes. */
export const table = <Row>(
  columns: Columns<Row>,
  rows: ReadonlyArray<Row>,
  paint: Paint
): string => {
  const laid = columns.map(({ cell, isNumber = false, paint: paintOf, title }) => {
    const texts = rows.map((row) => printable(cell(row)))
    const columns = Math.max(width(title), ...texts.map(width))
    return {
      title: pad(title, columns, isNumber),
      cells: Arr.zipWith(texts, rows, (text, row) => {
        const style = paintOf?.(row)
        const padded = pad(text, columns, isNumber)
        return style === undefined ? padded : paint[style](padded)
      })
    }
  })
  const line = (cells: ReadonlyArray<string>) => cells.join("  ").trimEnd()
  return [
    paint.bold(line(laid.map(({ title }) => title))),
    ...rows.map((_, index) => line(laid.map(({ cells }) => cells[index] ?? "")))
  ].join("\n")
}

/** `2025-01-31 12:00:00 UTC` */
export const moment = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`

type Pair = readonly [name: string, is: string]

/** Names on the left, what they are on the right. */
export const pairs = (rows: ReadonlyArray<Pair>): ReadonlyArray<string> => {
  const columns = Math.max(0, ...rows.map(([name]) => width(name)))
  return rows.map(([name, is]) => `${pad(name, columns, false)}  ${is}`.trimEnd())
}

/** Two spaces before each line. */
export const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ")
