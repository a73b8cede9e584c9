/** All wishes: one row for each customer and product, to be asked by either. */
import { SqlClient } from "@effect/sql"
import type { Sku, UserId } from "@souk/domain/kernel/Ids"
import { idOf } from "@souk/domain/kernel/Aggregate"
import { ownerOf } from "@souk/domain/wishlist/Wishlist"
import { WishlistAggregate } from "@souk/domain/wishlist/WishlistAggregate"
import { Wish } from "@souk/domain/wishlist/WishlistView"
import { Context, Effect, Layer } from "effect"
import type { CategoryEvent } from "../journal/Journal.ts"
import { rowOf } from "../projection/ListModel.ts"
import * as ListPage from "../projection/ListPage.ts"
import type { Page, PageFailure, PageQuery, ReadModel } from "../projection/ReadModel.ts"

export class WishlistReadModel extends Context.Tag("@souk/actors/WishlistReadModel")<
  WishlistReadModel,
  {
    /** One page of a customer's wishes, newest first; a wish appears some moments after it. */
    readonly list: (
      query: PageQuery<Sku> & { readonly customer: UserId }
    ) => Effect.Effect<Page<Wish>, PageFailure>
  }
>() {}

const table = "wish"

/** What some events make of one wish. */
interface Change {
  readonly customer: UserId
  readonly sku: Sku
  /** Whether a row from before these events goes. */
  readonly isCleared: boolean
  readonly position?: number
  readonly doc?: Wish
}

const changesOf = (events: ReadonlyArray<CategoryEvent>): ReadonlyArray<Change> => {
  const changes = new Map<string, Change>()
  for (const { position, ...recorded } of events) {
    const event = WishlistAggregate.codec.decodeTrusted(recorded)
    const customer = ownerOf(idOf(recorded.stream))
    const { at, sku } = event
    const key = `${customer}/${sku}`
    const before = changes.get(key)
    if (event._tag === "ItemUnwished") changes.set(key, { customer, sku, isCleared: true })
    else {
      const { notify, seenPrice } = event
      const doc = { sku, notify, seenPrice, wishedAt: before?.doc?.wishedAt ?? at }
      changes.set(key, { customer, sku, isCleared: false, position, ...before, doc })
    }
  }
  return [...changes.values()]
}

const deliver = (sql: SqlClient.SqlClient) => (events: ReadonlyArray<CategoryEvent>) =>
  Effect.gen(function* () {
    const changes = changesOf(events)
    const cleared = changes.filter(({ isCleared }) => isCleared)
    const wished = changes.filter(({ doc }) => doc !== undefined)
    if (cleared.length > 0) {
      yield* sql`
        DELETE FROM wish
        USING jsonb_to_recordset(${JSON.stringify(cleared)}::jsonb)
          AS gone (customer text, sku text)
        WHERE wish.customer = gone.customer AND wish.sku = gone.sku`
    }
    if (wished.length > 0) {
      yield* sql`
        INSERT INTO wish (customer, sku, position, doc)
        SELECT customer, sku, position, doc
        FROM jsonb_to_recordset(${JSON.stringify(wished)}::jsonb)
          AS row (customer text, sku text, position bigint, doc jsonb)
        ON CONFLICT (customer, sku) DO UPDATE SET doc = wish.doc || (EXCLUDED.doc - 'wishedAt')`
    }
  })

export const model = Effect.map(SqlClient.SqlClient, (sql): ReadModel => {
  const those = (id: string) => sql`FROM wish WHERE customer = ${ownerOf(id)}`
  return {
    name: table,
    category: WishlistAggregate.category,
    deliver: deliver(sql),
    clear: Effect.asVoid(sql`TRUNCATE wish`),
    reset: (id) => Effect.asVoid(sql`DELETE ${those(id)}`),
    row: (id) => rowOf(sql, table, sql`SELECT jsonb_agg(doc) ${those(id)}`)
  }
})

export const layer = Layer.effect(
  WishlistReadModel,
  Effect.map(SqlClient.SqlClient, (sql) => {
    const page = ListPage.make({ sql, table, key: "sku", item: Wish })
    return WishlistReadModel.of({
      list: ({ customer, ...query }) => page([sql`customer = ${customer}`], [], query)
    })
  })
)
