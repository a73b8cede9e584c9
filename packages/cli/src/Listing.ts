/** Lists and logs of any length: page after page, up to --limit. */
import { Effect, Option } from "effect"
import { Output } from "./Output.ts"
import type { ShopFailed } from "./Shop.ts"
import type { Columns } from "./Table.ts"
import * as Values from "./Values.ts"

/** The most items the shop gives at once, and the most that one command lists. */
const pageMax = 100
const limitMax = 1_000
const limitDefault = 20

/** `--limit`, of so many `things` at most. */
export const limitOption = (things: string, max = limitMax, fallback = limitDefault) =>
  Values.withDefault(
    "limit",
    {
      placeholder: "<n>",
      says: `At most so many ${things}, up to ${max}; ${fallback} unless given.`,
      ...Values.wholeFrom(1, max)
    },
    fallback
  )

/** `--after`, to go on with a log after the row with this number. */
export const afterOption = (number: string, things: string) =>
  Values.withDefault(
    "after",
    {
      placeholder: `<${number}>`,
      says: `Only ${things} after this ${number}, to go on.`,
      schema: Values.whole,
      expects: "a whole number"
    },
    0
  )

interface Told<Item> {
  readonly columns: Columns<Item>
  /** The message for an empty list. */
  readonly none: string
}

/** `next` is null after the last page. */
interface CommandSpec<Item, Cursor> {
  readonly data: ReadonlyArray<Item>
  readonly next: Cursor | null
}

/** Prints pages up to a limit, and how to continue. JSON is printed page by page. */
const tell = <Item extends object, Cursor>(
  ask: (limit: number, cursor: Cursor) => Effect.Effect<CommandSpec<Item, Cursor>, ShopFailed>,
  { after, limit }: { readonly after: Cursor; readonly limit: number },
  { columns, more, none }: Told<Item> & { readonly more: string }
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const items: Array<Item> = []
    let cursor: Cursor | null = after
    while (cursor !== null && items.length < limit) {
      const page: CommandSpec<Item, Cursor> = yield* ask(
        Math.min(pageMax, limit - items.length),
        cursor
      )
      items.push(...page.data)
      cursor = page.next
      if (output.isJson) yield* output.rows(page.data, columns)
    }
    if (items.length === 0) return yield* output.say(none)
    if (!output.isJson) yield* output.rows(items, columns)
    if (cursor !== null) yield* output.say(`${more} ${cursor}`)
  })

export interface List<Item extends object, Id extends string> extends Told<Item> {
  readonly page: (wish: {
    readonly limit: number
    readonly startingAfter: Id | undefined
  }) => Effect.Effect<{ readonly data: ReadonlyArray<Item>; readonly hasMore: boolean }, ShopFailed>
  readonly idOf: (item: Item) => Id
}

/** Prints a list, newest first. */
export const tellList = <Item extends object, Id extends string>(
  { idOf, page, ...told }: List<Item, Id>,
  { after, limit }: { readonly after: Option.Option<Id>; readonly limit: number }
) =>
  tell(
    (limit, startingAfter: Id | undefined) =>
      Effect.map(page({ limit, startingAfter }), ({ data, hasMore }) => {
        const last = data.at(-1)
        return { data, next: hasMore && last !== undefined ? idOf(last) : null }
      }),
    { after: Option.getOrUndefined(after), limit },
    { ...told, more: "There are more: add --starting-after" }
  )

interface Log<Row extends object> extends Told<Row> {
  readonly page: (wish: {
    readonly limit: number
    readonly after: number
  }) => Effect.Effect<CommandSpec<Row, number>, ShopFailed>
}

/** Prints a log, oldest first. */
export const tellLog = <Row extends object>(
  { page, ...told }: Log<Row>,
  wish: { readonly after: number; readonly limit: number }
) =>
  tell(
    (limit, after: number) =>
      Effect.map(page({ limit, after }), ({ data, next }) => ({
        data,
        next: data.length < limit ? null : next
      })),
    wish,
    { ...told, more: "There may be more: add --after" }
  )
