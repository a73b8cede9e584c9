/** Pages of things that are all in memory. */
import { UnknownCursor } from "@souk/actors/projection/ReadModel"
import { Effect } from "effect"

/** A page of things that are all in memory. */
export const pageOf = <Item>(
  all: ReadonlyArray<Item>,
  idOf: (item: Item) => string,
  { limit, startingAfter }: { readonly limit: number; readonly startingAfter?: string | undefined }
) =>
  Effect.gen(function* () {
    const start = all.findIndex((item) => idOf(item) === startingAfter)
    if (startingAfter !== undefined && start === -1) {
      return yield* new UnknownCursor({ cursor: startingAfter })
    }
    const rest = all.slice(start + 1)
    return { data: rest.slice(0, limit), hasMore: rest.length > limit }
  })
