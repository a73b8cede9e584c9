/** Wishlists over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import { ProductEntity } from "@souk/actors/catalog/ProductEntity"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { WishlistEntity } from "@souk/actors/wishlist/WishlistEntity"
import { WishlistReadModel } from "@souk/actors/wishlist/WishlistReadModel"
import { CustomerId, type UserId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { decider, wishIn, wishlistOf } from "@souk/domain/wishlist/Wishlist"
import { WishlistAggregate } from "@souk/domain/wishlist/WishlistAggregate"
import { WishUnknown } from "@souk/domain/wishlist/WishlistCommand"
import { Clock, Effect } from "effect"
import { Caller } from "../auth/Authentication.ts"
import * as OrderAccess from "../order/OrderAccess.ts"
import * as ActorRequest from "../command/ActorRequest.ts"
import { bind, command, type Request } from "../command/Command.ts"
import { list } from "../command/List.ts"
import { waiting } from "../command/ReadYourWrites.ts"
import { contract } from "../Contract.ts"
import { InvalidRequest } from "../Problem.ts"
import { listed, put, remove, WishlistApi } from "./WishlistApi.ts"

/** The user whose wishlist is the caller's own. */
const own = Effect.flatMap(Caller, ({ userId }) =>
  userId === undefined
    ? new InvalidRequest({
        errors: [
          { header: "authorization", detail: "must belong to a user: this key has no wishlist" }
        ]
      })
    : Effect.succeed(userId)
)

/** The user whose wishlist is shown: the caller, or for staff the customer they name. */
const shown = (named: UserId | undefined) =>
  named === undefined
    ? own
    : Effect.as(OrderAccess.filter(CustomerId.make(named), { parameter: "customerId" }), named)

const entity = bind(WishlistAggregate, WishlistEntity, {
  body: ({ view = decider.initial }) => Effect.succeed(view)
})

export const layer = HttpApiBuilder.group(contract.add(WishlistApi), "wishlist", (handlers) =>
  Effect.gen(function* () {
    const products = yield* ActorClient.make(ProductEntity)
    const pages = yield* WishlistReadModel
    const wishlists = yield* entity
    const wish = ({ path: { sku }, payload: { notify = "none" } }: Request<typeof put>) =>
      Effect.gen(function* () {
        const id = wishlistOf(yield* own)
        const { view: product } = yield* ActorRequest.orUnavailable(products.read(sku))
        if (product === undefined) return yield* new WishUnknown({ sku })
        const { view = decider.initial } = yield* wishlists.read(id)
        const status = wishIn(view, sku) === undefined ? 201 : 200
        const command = { _tag: "WishItem", sku, notify, seenPrice: product.price } as const
        return [id, command, { status }] as const
      })
    return handlers
      .handle(
        "put",
        command(put, wishlists, wish, {
          // A wish that another request has removed by now is shown as it was asked for.
          answer: ({ view = decider.initial }, { _tag, ...wished }) =>
            Effect.map(Clock.currentTimeMillis, (nowMs) => ({
              body: wishIn(view, wished.sku) ?? { ...wished, wishedAt: fromMillis(nowMs) },
              isSettled: true
            }))
        })
      )
      .handle(
        "remove",
        command(remove, wishlists, ({ path: { sku } }) =>
          Effect.map(own, (user) => [wishlistOf(user), { _tag: "UnwishItem", sku }] as const)
        )
      )
      .handle(
        "list",
        waiting(
          yield* ReadModels,
          "wish",
          list(
            listed,
            (page, { customerId }) =>
              Effect.flatMap(shown(customerId), (customer) => pages.list({ ...page, customer })),
            ({ sku }) => sku
          )
        )
      )
  })
)
