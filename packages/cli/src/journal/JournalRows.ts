/** The journal of a shop, page by page. */
import { eventsMax, type JournalRow } from "@souk/http/journal/JournalApi"
import { Effect } from "effect"
import type { Shop } from "../Shop.ts"

const page = (shop: Shop, after: number, limit: number) =>
  shop.ask((client) => client.journal.read({ urlParams: { after, limit } }))

/**
 * Every page from `after` on, up to the position `through` or until the journal has no more. Gives
 * the last position.
 */
export const readAll = <E, R>(
  shop: Shop,
  after: number,
  each: (rows: ReadonlyArray<JournalRow>) => Effect.Effect<void, E, R>,
  through = Infinity
) =>
  Effect.gen(function* () {
    let last = after
    for (let count = eventsMax; count === eventsMax && last < through;) {
      const { data, next } = yield* page(shop, last, eventsMax)
      yield* each(data.filter(({ position }) => position <= through))
      count = data.length
      last = next ?? last
    }
    return last
  })

/** The last position, found by halving: whether anything comes after one is a cheap question. */
export const lastPosition = (shop: Shop) =>
  Effect.gen(function* () {
    const after = (position: number) =>
      Effect.map(page(shop, position, 1), ({ data }) => data[0]?.position)
    let low = 0
    let high = 1
    for (let found = yield* after(0); found !== undefined; found = yield* after(high)) {
      low = found
      high = Math.max(found, high) * 2
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const found = yield* after(middle)
      if (found === undefined) high = middle
      else low = found
    }
    return low
  })
