/** Lists and logs of any length: page after page, up to a limit that the person sets. */
import { Effect, Option, Schema } from "effect"
import { Output, type Paint } from "./Output.ts"
import type { ShopFailed } from "./Shop.ts"
import * as Values from "./Values.ts"

/** The most items the shop gives at once, and the most that one command lists. */
const pageMax = 100
export const limitMax = 1_000
const limitDefault = 20

/** `--limit`, of so many `things` at most. */
export const limitOption = (things: string, max = limitMax, fallback = limitDefault) =>
  Values.withDefault(
    "limit",
    {
      placeholder: "<n>",
      says: `At most so many ${things}, up to ${max}; ${fallback} unless given.`,
      schema: Schema.compose(Values.whole, Schema.Number.pipe(Schema.between(1, max))),
      expects: `a whole number from 1 to ${max}`
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
  readonly inTable: (items: ReadonlyArray<Item>, paint: Paint) => string
  /** What is said when there is nothing. */
  readonly none: string
}

interface List<Item extends object, Id extends string> extends Told<Item> {
  readonly page: (wish: {
    readonly limit: number
    readonly startingAfter: Id | undefined
  }) => Effect.Effect<{ readonly data: ReadonlyArray<Item>; readonly hasMore: boolean }, ShopFailed>
  readonly idOf: (item: Item) => Id
}

interface ListWish<Id> {
  readonly limit: number
  readonly after: Option.Option<Id>
}

/** Tells a list, newest first, and how to go on with it. JSON leaves as soon as it is there. */
export const tellList = <Item extends object, Id extends string>(
  { idOf, inTable, none, page }: List<Item, Id>,
  { after, limit }: ListWish<Id>
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const items: Array<Item> = []
    let startingAfter = Option.getOrUndefined(after)
    let hasMore = true
    while (hasMore && items.length < limit) {
      const found = yield* page({ limit: Math.min(pageMax, limit - items.length), startingAfter })
      items.push(...found.data)
      const last = found.data.at(-1)
      startingAfter = last === undefined ? undefined : idOf(last)
      hasMore = found.hasMore && startingAfter !== undefined
      if (output.isJson) yield* Effect.forEach(found.data, (item) => output.data(item, String))
    }
    if (items.length === 0) return yield* output.say(none)
    if (!output.isJson) yield* output.print(inTable(items, output.paint))
    if (hasMore) yield* output.say(`There are more: add --starting-after ${startingAfter}`)
  })

interface Log<Row extends object> extends Told<Row> {
  readonly page: (wish: {
    readonly limit: number
    readonly after: number
  }) => Effect.Effect<
    { readonly data: ReadonlyArray<Row>; readonly next: number | null },
    ShopFailed
  >
}

/** Tells a log, oldest first, and how to go on with it. */
export const tellLog = <Row extends object>(
  { inTable, none, page }: Log<Row>,
  { after, limit }: { readonly after: number; readonly limit: number }
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const rows: Array<Row> = []
    let next: number | null = after
    let last = after
    while (next !== null && rows.length < limit) {
      const asked: number = Math.min(pageMax, limit - rows.length)
      const found: Effect.Effect.Success<ReturnType<typeof page>> = yield* page({
        limit: asked,
        after: next
      })
      rows.push(...found.data)
      last = found.next ?? last
      next = found.data.length < asked ? null : found.next
      if (output.isJson) yield* Effect.forEach(found.data, (row) => output.data(row, String))
    }
    if (rows.length === 0) return yield* output.say(none)
    if (!output.isJson) yield* output.print(inTable(rows, output.paint))
    if (next !== null) yield* output.say(`There may be more: add --after ${last}`)
  })
