/** The list of wishes in memory. */
import { Journal } from "@souk/actors/journal/Journal"
import { WishlistReadModel } from "@souk/actors/wishlist/WishlistReadModel"
import { wishlistOf } from "@souk/domain/wishlist/Wishlist"
import { WishlistAggregate } from "@souk/domain/wishlist/WishlistAggregate"
import { Effect, Layer } from "effect"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"

export const layer = Layer.effect(
  WishlistReadModel,
  Effect.map(Journal, (journal) =>
    WishlistReadModel.of({
      list: ({ customer, ...page }) =>
        Effect.gen(function* () {
          const stream = WishlistAggregate.streamId(wishlistOf(customer))
          const events = yield* journal.readStream(stream, 0, 100_000)
          const replay = WishlistAggregate.replay()
          for (const event of events) replay.next(event)
          return yield* pageOf(replay.state.items.toReversed(), ({ sku }) => sku, page)
        })
    })
  )
)
