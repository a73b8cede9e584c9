/** What may be asked of a wishlist, and how it may be refused. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { wishFields } from "./WishlistEvent.ts"

/** Adds a product. Adding it again changes nothing but the news that the customer wants of it. */
export const WishItem = Schema.TaggedStruct("WishItem", wishFields)

/** Removes a product. Removing one that is not on the list changes nothing. */
export const UnwishItem = Schema.TaggedStruct("UnwishItem", { sku: Sku })

export const WishlistCommand = Schema.Union(WishItem, UnwishItem)
export type WishlistCommand = typeof WishlistCommand.Type

/** How many products a wishlist may have. */
export const itemsMax = 500

export class WishlistFull extends Schema.TaggedError<WishlistFull>()("WishlistFull", {
  itemsMax: Schema.Int
}) {
  override get message() {
    return `A wishlist has at most ${this.itemsMax} products. Remove one first.`
  }
}

/** For those who know the catalogue: no such product can be wished for. */
export class WishUnknown extends Schema.TaggedError<WishUnknown>()("WishUnknown", {
  sku: Sku
}) {
  override get message() {
    return `Unknown SKU: ${this.sku}. Wish for a product of the catalogue.`
  }
}

export const WishlistRejection = Schema.Union(WishlistFull, WishUnknown)
export type WishlistRejection = typeof WishlistRejection.Type
