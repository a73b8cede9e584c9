/** A wishlist: the products that a customer keeps in mind. Every user has one, at first empty. */
import { Schema } from "effect"
import { accept, decideBy, type Decider, evolveBy, refuse } from "../kernel/Decider.ts"
import { type Sku, UserId } from "../kernel/Ids.ts"
import {
  itemsMax,
  type WishlistCommand,
  WishlistFull,
  type WishlistRejection
} from "./WishlistCommand.ts"
import type { WishlistEvent } from "./WishlistEvent.ts"
import type { Wish, WishlistView } from "./WishlistView.ts"

/** The wishlist of a user: both ids have the same tail. */
export const WishlistId = Schema.String.pipe(
  Schema.pattern(/^wsh_[A-Za-z0-9_-]{16,40}$/),
  Schema.brand("WishlistId")
)
export type WishlistId = typeof WishlistId.Type

export const wishlistOf = (user: UserId): WishlistId => WishlistId.make(`wsh_${user.slice(4)}`)
export const ownerOf = (id: string): UserId => UserId.make(`usr_${id.slice(4)}`)

export type Wishlist = WishlistView

export const wishIn = ({ items }: Wishlist, sku: Sku): Wish | undefined =>
  items.find((item) => item.sku === sku)

export const decider: Decider<Wishlist, WishlistCommand, WishlistEvent, WishlistRejection> = {
  initial: { items: [] },
  decide: decideBy<Wishlist, WishlistCommand, WishlistEvent, WishlistRejection>({
    WishItem: (list, { _tag, ...wished }, at) => {
      const before = wishIn(list, wished.sku)
      if (before?.notify === wished.notify) return accept()
      return before === undefined && list.items.length >= itemsMax
        ? refuse(new WishlistFull({ itemsMax }))
        : accept({ _tag: "ItemWished", ...wished, at })
    },
    UnwishItem: (list, { sku }, at) =>
      wishIn(list, sku) === undefined ? accept() : accept({ _tag: "ItemUnwished", sku, at })
  }),
  evolve: evolveBy<Wishlist, WishlistEvent>({
    ItemWished: (list, { _tag, at, ...wished }) =>
      wishIn(list, wished.sku) === undefined
        ? { items: [...list.items, { ...wished, wishedAt: at }] }
        : { items: list.items.map((it) => (it.sku === wished.sku ? { ...it, ...wished } : it)) },
    ItemUnwished: ({ items }, { sku }) => ({ items: items.filter((item) => item.sku !== sku) })
  }),
  isTerminal: () => false
}
