/** The contract of wishlists. */
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "@effect/platform"
import { Sku, UserId } from "@souk/domain/kernel/Ids"
import { WishlistFull, WishUnknown } from "@souk/domain/wishlist/WishlistCommand"
import { Notify } from "@souk/domain/wishlist/WishlistEvent"
import { Wish } from "@souk/domain/wishlist/WishlistView"
import { Schema } from "effect"
import { Examples, Writes } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { productNotFound, skuPath } from "../catalog/ProductApi.ts"
import * as ReadYourWrites from "../command/ReadYourWrites.ts"
import { body, list, listQuery, query, withStatus } from "../Contract.ts"
import { at, eur, page } from "../docs/ExampleShop.ts"
import { problem } from "../Problem.ts"

const wishedTea = { sku: "TEA-MINT", notify: "restock", seenPrice: eur(450), wishedAt: at }

export const put = HttpApiEndpoint.put("put", "/v1/wishlist/:sku")
  .annotate(Writes, true)
  .annotate(Access, "orders:write")
  .annotate(OpenApi.Summary, "Add a product to your wishlist, or change its notifications")
  .annotate(Examples, {
    request: { WishRequest: { notify: "restock" } },
    response: { Wish: wishedTea }
  })
  .setPath(Schema.Struct({ sku: Sku }))
  .setPayload(body({ notify: Schema.optionalWith(Notify, { exact: true }) }))
  .addSuccess(Wish)
  .addSuccess(withStatus(Wish, 201))
  .addError(problem(WishUnknown, { status: 422, title: "Unknown SKU", code: "unknown_sku" }))
  .addError(problem(WishlistFull, { status: 422, title: "Wishlist full" }))

export const remove = HttpApiEndpoint.del("remove", "/v1/wishlist/:sku")
  .annotate(Writes, true)
  .annotate(Access, "orders:write")
  .annotate(OpenApi.Summary, "Remove a product from your wishlist; repeating it has no effect")
  .setPath(skuPath)
  .addSuccess(HttpApiSchema.NoContent)
  .addError(productNotFound)

export const listed = HttpApiEndpoint.get("list", "/v1/wishlist")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "List your wishlist, newest first; staff name a customer")
  .annotate(Examples, { response: { Wishlist: page("/v1/wishlist", wishedTea) } })
  .setUrlParams(query({ customerId: Schema.optional(UserId), ...listQuery(Sku) }))
  .setHeaders(Schema.Struct(ReadYourWrites.after))
  .addSuccess(list(Wish))
  .addError(ReadYourWrites.listBehind)

export const WishlistApi = HttpApiGroup.make("wishlist")
  .add(put)
  .add(remove)
  .add(listed)
  .middleware(Authentication)
