/** A file of deliveries: `sku,quantity`, and `reference` and `reason` if wanted, a line each. */
import { createHash } from "node:crypto"
import { Sku } from "@souk/domain/kernel/Ids"
import { Quantity } from "@souk/domain/kernel/Quantity"
import { text } from "@souk/domain/kernel/Text"
import { CsvError, parse } from "csv-parse/sync"
import { Array as Arr, Either, ParseResult, Schema } from "effect"
import { whole } from "../Values.ts"

/** How large a file may be, and how many deliveries it may have. */
export const fileBytesMax = 4 * 1024 * 1024
export const rowsMax = 10_000

const blankAsAbsent = (value: string) => (value === "" ? [] : [value])

const Row = Schema.Struct({
  sku: Sku,
  quantity: Schema.compose(whole, Quantity),
  reference: Schema.optionalWith(text(200), { exact: true }),
  reason: Schema.optionalWith(text(500), { exact: true })
})

const columns = ["sku", "quantity", "reference", "reason"] as const

const wants = {
  sku: "a SKU: capital letters, digits and dashes",
  quantity: "a whole number from 1 to 1000000",
  reference: "a text of at most 200 characters",
  reason: "a text of at most 500 characters"
}

/** A delivery, with its line in the file and a key that is the same each time the file is sent. */
export type Receipt = typeof Row.Type & { readonly line: number; readonly key: string }

export interface BadRow {
  readonly line: number
  readonly problem: string
}

const decodeRow = Schema.decodeUnknownEither(Row)

const Raw = Schema.Array(
  Schema.Struct({ record: Schema.Array(Schema.String), info: Schema.Struct({ lines: Schema.Int }) })
)
const decodeRaw = Schema.decodeUnknownSync(Raw)

/** What is wrong with a value, by the column it stands in. */
const problemOf = (error: ParseResult.ParseError, cells: ReadonlyMap<string, string>): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const column = columns.find((name) => name === issue?.path[0]) ?? "sku"
  const value = cells.get(column)
  return value === undefined
    ? `${column} is missing`
    : `${column} ${JSON.stringify(value.slice(0, 80))} is not ${wants[column]}`
}

const headerProblem = (header: ReadonlyArray<string>): string | undefined => {
  const unknown = header.find((name) => !columns.some((column) => column === name))
  const twice = header.find((name, at) => header.indexOf(name) !== at)
  const missing = ["sku", "quantity"].find((name) => !header.includes(name))
  if (unknown !== undefined) return `the first line has a column ${JSON.stringify(unknown)}`
  if (twice !== undefined) return `the first line names the column ${twice} twice`
  return missing === undefined ? undefined : `the first line names no column ${missing}`
}

const bad = (line: number, problem: string) => Either.left([{ line, problem }])

/** Every delivery of a file, or every line that is none: a file with mistakes is not sent. */
export const read = (
  content: string,
  batch: string
): Either.Either<Arr.NonEmptyReadonlyArray<Receipt>, ReadonlyArray<BadRow>> => {
  const records = parsed(content)
  if (Either.isLeft(records)) return Either.left(records.left)
  const [header, ...rows] = records.right
  if (header === undefined) return bad(1, "the file is empty")
  const names = header.record.map((name) => name.toLowerCase())
  const problem = headerProblem(names)
  if (problem !== undefined) return bad(1, problem)
  if (rows.length > rowsMax) return bad(rowsMax + 2, `more than ${rowsMax} deliveries: split it`)
  const digest = createHash("sha256").update(`${batch}\n${content}`).digest("hex").slice(0, 32)
  const [wrong, receipts] = Arr.separate(
    rows.map(({ info: { lines: line }, record }) => {
      if (record.length !== names.length) {
        const problem = `${record.length} values under ${names.length} columns`
        return Either.left({ line, problem })
      }
      const cells = new Map(
        Arr.zip(names, record).flatMap(([name, value]) =>
          blankAsAbsent(value).map((value) => [name, value] as const)
        )
      )
      return Either.mapBoth(decodeRow(Object.fromEntries(cells)), {
        onLeft: (error): BadRow => ({ line, problem: problemOf(error, cells) }),
        onRight: (row): Receipt => ({ ...row, line, key: `csv_${digest}_${line}` })
      })
    })
  )
  if (wrong.length > 0) return Either.left(wrong)
  return Arr.isNonEmptyReadonlyArray(receipts) ? Either.right(receipts) : bad(2, "no deliveries")
}

const parsed = (content: string) =>
  Either.try({
    try: () =>
      decodeRaw(
        parse(content, {
          bom: true,
          info: true,
          trim: true,
          skip_empty_lines: true,
          relax_column_count: true,
          max_record_size: 4_096
        })
      ),
    catch: (error): ReadonlyArray<BadRow> => [
      error instanceof CsvError
        ? { line: Number(error["lines"] ?? 1), problem: error.message }
        : { line: 1, problem: "this is no CSV" }
    ]
  })
