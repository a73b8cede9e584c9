/** What has happened to a customer's wishlist. */
import { Schema } from "effect"
import { Sku } from "../kernel/Ids.ts"
import { Money } from "../kernel/Money.ts"
import { Timestamp } from "../kernel/Timestamp.ts"

/** Which news of a product the customer wants. */
export const Notify = Schema.Literal("restock", "price", "both", "none")
export type Notify = typeof Notify.Type

/** A product that is wished for, with its price at that time. */
export const wishFields = { sku: Sku, notify: Notify, seenPrice: Money }

/** A product was added, or the customer wants other news of it. */
export const ItemWished = Schema.TaggedStruct("ItemWished", { ...wishFields, at: Timestamp })

export const ItemUnwished = Schema.TaggedStruct("ItemUnwished", { sku: Sku, at: Timestamp })

export const WishlistEvent = Schema.Union(ItemWished, ItemUnwished)
export type WishlistEvent = typeof WishlistEvent.Type
