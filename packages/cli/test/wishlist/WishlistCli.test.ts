/** `souk wishlist`. */
import { HttpApi, HttpApiBuilder } from "@effect/platform"
import { assert, layer } from "@effect/vitest"
import { Sku, UserId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import type { Wish } from "@souk/domain/wishlist/WishlistView"
import { WishlistApi } from "@souk/http/wishlist/WishlistApi"
import { Effect, Layer } from "effect"
import { souk } from "../support/Souk.ts"
import * as Stub from "../support/StubShop.ts"

const userId = UserId.make("usr_0000000000000001")

/** More than a page has. */
const wishes = Array.from({ length: 130 }, (_, n): Wish => ({
  sku: Sku.make(`SKU-${n}`),
  notify: "price",
  seenPrice: { amountMinor: 1_250, currency: "EUR" },
  wishedAt: fromMillis(1_700_000_000_000)
}))

const api = HttpApi.make("souk").add(WishlistApi)

const stub = HttpApiBuilder.group(api, "wishlist", (handlers) =>
  handlers
    .handle("put", () => Effect.dieMessage("the command line wishes for nothing"))
    .handle("remove", () => Effect.dieMessage("the command line removes nothing"))
    .handle("list", ({ urlParams: { customerId, limit = 10, startingAfter } }) => {
      const all = customerId === userId ? wishes : []
      const start = all.findIndex(({ sku }) => sku === startingAfter) + 1
      const data = all.slice(start, start + limit)
      const hasMore = start + limit < all.length
      return Effect.succeed({ object: "list" as const, data, hasMore, url: "/v1/wishlist" })
    })
)

layer(Stub.serving(HttpApiBuilder.api(api).pipe(Layer.provide(stub))))("souk wishlist", (it) => {
  it.effect("show tells what a user wishes for, and at which price", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* souk(["wishlist", "show", userId, "--limit", "2"])
      assert.strictEqual(code, 0)
      assert.match(stdout, /SKU +SEEN AT +NOTIFY +SINCE/)
      assert.match(stdout, /SKU-0 +12\.50 EUR +price/)
      assert.notInclude(stdout, "SKU-2")
    })
  )

  it.effect("show reads page after page, as JSON one product a line", () =>
    Effect.gen(function* () {
      const args = ["wishlist", "show", userId, "--limit", "500", "--json"]
      const { stdout } = yield* souk(args)
      const lines = stdout.trim().split("\n")
      assert.strictEqual(lines.length, 130)
      assert.deepStrictEqual(JSON.parse(lines[0] ?? ""), wishes[0])
    })
  )

  it.effect("show says that a list is empty, and refuses what is no user", () =>
    Effect.gen(function* () {
      const empty = yield* souk(["wishlist", "show", "usr_0000000000000002"])
      assert.strictEqual(empty.code, 0)
      assert.include(empty.stdout + empty.stderr, "nothing on this wishlist")
      assert.strictEqual((yield* souk(["wishlist", "show", "ada"])).code, 2)
      assert.strictEqual((yield* souk(["wishlist", "show"])).code, 2)
    })
  )
})
