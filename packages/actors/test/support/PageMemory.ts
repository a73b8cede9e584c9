/** Pages of a list that is all in memory, by the rules of `ListPage`. */
import { Effect } from "effect"
import { type Page, type PageQuery, UnknownCursor } from "../../src/projection/ReadModel.ts"

/** One page of `all`, which are newest first. */
export const pageOf = <Item>(
  all: ReadonlyArray<Item>,
  idOf: (item: Item) => string,
  { endingBefore, limit, startingAfter }: PageQuery
): Effect.Effect<Page<Item>, UnknownCursor> =>
  Effect.suspend(() => {
    const cursor = endingBefore ?? startingAfter
    const place = all.findIndex((item) => idOf(item) === cursor)
    if (cursor !== undefined && place === -1) return new UnknownCursor({ cursor })
    if (endingBefore === undefined) {
      const rest = all.slice(place + 1)
      return Effect.succeed({ data: rest.slice(0, limit), hasMore: rest.length > limit })
    }
    const start = Math.max(0, place - limit)
    return Effect.succeed({ data: all.slice(start, place), hasMore: start > 0 })
  })
