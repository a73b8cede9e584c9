/** The address of a user's wishlist, and the messages it answers. */
import { Entity } from "@effect/cluster"
import * as Wishlist from "@souk/domain/wishlist/WishlistCommand"
import { WishlistView } from "@souk/domain/wishlist/WishlistView"
import { messages, untraced } from "../cluster/Protocol.ts"

const { command, Read, Resume } = messages({
  view: WishlistView,
  rejection: Wishlist.WishlistRejection
})

export const WishlistEntity = Entity.make("wishlist", [
  command("WishItem", Wishlist.WishItem),
  command("UnwishItem", Wishlist.UnwishItem),
  Read,
  Resume
]).annotateContext(untraced)
