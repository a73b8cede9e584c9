/** The wishlist as one value: its streams, schemas, decider and codec. */
import { Option } from "effect"
import * as Aggregate from "../kernel/Aggregate.ts"
import { noSaga } from "../kernel/Decider.ts"
import { decider, WishlistId } from "./Wishlist.ts"
import { WishlistCommand, WishlistRejection } from "./WishlistCommand.ts"
import { WishlistEvent } from "./WishlistEvent.ts"
import { WishlistView } from "./WishlistView.ts"

export const WishlistAggregate = Aggregate.define({
  category: "wishlist",
  id: WishlistId,
  command: WishlistCommand,
  event: WishlistEvent,
  rejection: WishlistRejection,
  view: WishlistView,
  decider,
  saga: noSaga,
  viewOf: Option.some
})
export type WishlistAggregate = Aggregate.TypesOf<typeof WishlistAggregate>
