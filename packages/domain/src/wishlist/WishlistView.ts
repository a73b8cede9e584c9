/** What outsiders may see of a wishlist: its products, the oldest wish first. */
import { Schema } from "effect"
import { Timestamp } from "../kernel/Timestamp.ts"
import { wishFields } from "./WishlistEvent.ts"

export const Wish = Schema.Struct({ ...wishFields, wishedAt: Timestamp }).annotations({
  identifier: "Wish"
})
export type Wish = typeof Wish.Type

export const WishlistView = Schema.Struct({ items: Schema.Array(Wish) })
export type WishlistView = typeof WishlistView.Type
