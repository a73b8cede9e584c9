/** Wishlists over HTTP: each customer has one, and sees no other. */
import { CommandId, Sku, UserId } from "@souk/domain/kernel/Ids"
import { assert, layer } from "@effect/vitest"
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { WishlistEntity } from "@souk/actors/wishlist/WishlistEntity"
import { wishlistOf } from "@souk/domain/wishlist/Wishlist"
import { itemsMax } from "@souk/domain/wishlist/WishlistCommand"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import {
  type Answer,
  assertNothingWritten,
  assertProblem,
  eur,
  get,
  newCustomer,
  newPerson,
  put,
  sell,
  send
} from "../support/Requests.ts"

const wish = (token: string, sku: string, body: object = {}) =>
  send("PUT", `/v1/wishlist/${sku}`, { token, body })

const unwish = (token: string, sku: string) => send("DELETE", `/v1/wishlist/${sku}`, { token })

const skusOf = ({ body }: Answer): ReadonlyArray<string> =>
  body.data.map(({ sku }: { sku: string }) => sku)

const listOf = (token: string, query = "") =>
  Effect.map(get(`/v1/wishlist${query}`, { token }), (answer) => {
    assert.strictEqual(answer.status, 200, answer.text)
    return skusOf(answer)
  })

layer(TestHttpApp.layer, { excludeTestServices: true })("a wishlist", (it) => {
  it.effect("keeps a product with the price that was seen, and lists the newest first", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      yield* sell("TEA", 0, eur(450))
      const { accessToken: token } = yield* newCustomer()
      assert.deepStrictEqual(yield* listOf(token), [])
      const added = yield* wish(token, "LAMP", { notify: "price" })
      assert.strictEqual(added.status, 201)
      assert.deepInclude(added.body, { sku: "LAMP", notify: "price", seenPrice: eur(1_000) })
      assert.match(added.headers.get("souk-position") ?? "", /^j00-wishlist-wsh_.+-1$/)
      const other = yield* wish(token, "TEA")
      assert.deepInclude(other.body, { notify: "none", seenPrice: eur(450) })
      assert.deepStrictEqual(yield* listOf(token), ["TEA", "LAMP"])
      const { body } = yield* get("/v1/wishlist?limit=1&startingAfter=TEA", { token })
      assert.deepStrictEqual(body.data, [added.body])
    })
  )

  it.effect("takes a wish twice as once, and other news as a change", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { accessToken: token } = yield* newCustomer()
      const added = yield* wish(token, "LAMP")
      yield* put("/v1/products/LAMP", { name: "Lamp", price: eur(800) })
      const same = yield* assertNothingWritten(wish(token, "LAMP", { notify: "none" }))
      assert.deepStrictEqual([same.status, same.body], [200, added.body])
      const changed = yield* wish(token, "LAMP", { notify: "both" })
      const { wishedAt } = added.body
      assert.deepStrictEqual(
        [changed.status, changed.body],
        [200, { sku: "LAMP", notify: "both", seenPrice: eur(800), wishedAt }]
      )
      assert.deepStrictEqual(yield* listOf(token), ["LAMP"])
    })
  )

  it.effect("forgets a product, also one that it never had", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { accessToken: token } = yield* newCustomer()
      yield* wish(token, "LAMP")
      assert.strictEqual((yield* unwish(token, "LAMP")).status, 204)
      assert.deepStrictEqual(yield* listOf(token), [])
      for (const sku of ["LAMP", "NEVER-SEEN"]) {
        assert.strictEqual((yield* assertNothingWritten(unwish(token, sku))).status, 204)
      }
      assertProblem(yield* unwish(token, "no-sku"), 404, "product_not_found")
    })
  )

  it.effect("refuses what is not in the catalogue, and news that there is none of", () =>
    Effect.gen(function* () {
      const { accessToken: token } = yield* newCustomer()
      const unknown = yield* assertNothingWritten(wish(token, "NOT-LISTED"))
      assertProblem(unknown, 422, "unknown_sku")
      assert.strictEqual(unknown.body.sku, "NOT-LISTED")
      for (const sku of ["no-sku", "X".repeat(65), "%00"]) {
        assertProblem(yield* assertNothingWritten(wish(token, sku)), 400, "invalid_request")
      }
      yield* sell("LAMP")
      for (const body of [{ notify: "all" }, { notify: null }, { sku: "LAMP" }]) {
        const refused = yield* assertNothingWritten(wish(token, "LAMP", body))
        assertProblem(refused, 400, "invalid_request")
      }
    })
  )

  it.effect("is full with 500 products", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { accessToken: token, user } = yield* newCustomer()
      const wishlists = yield* ActorClient.make(WishlistEntity)
      const id = wishlistOf(UserId.make(user.id))
      for (let n = 0; n < itemsMax; n++) {
        const command = {
          _tag: "WishItem",
          sku: Sku.make(`SKU-${n}`),
          notify: "none",
          seenPrice: { amountMinor: 1, currency: "EUR" }
        } as const
        const commandId = CommandId.make(`wish ${n}`)
        const metadata = { commandId, correlationId: "c", causationId: "c", who: "test" }
        yield* wishlists.handle(id, command, metadata)
      }
      const refused = yield* assertNothingWritten(wish(token, "LAMP"))
      assertProblem(refused, 422, "wishlist_full")
      assert.strictEqual(refused.body.itemsMax, 500)
      yield* unwish(token, "SKU-0")
      assert.strictEqual((yield* wish(token, "LAMP")).status, 201)
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("another's wishlist", (it) => {
  it.effect("is neither seen nor changed by a customer", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const [owner, other] = [yield* newCustomer(), yield* newCustomer()]
      yield* wish(owner.accessToken, "LAMP")
      assert.deepStrictEqual(yield* listOf(other.accessToken), [])
      yield* assertNothingWritten(unwish(other.accessToken, "LAMP"))
      assert.deepStrictEqual(yield* listOf(owner.accessToken), ["LAMP"])
      for (const id of [owner.user.id, "usr_00000000000000000000"]) {
        const query = `/v1/wishlist?customerId=${id}`
        const refused = yield* get(query, { token: other.accessToken })
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].parameter, "customerId")
      }
      const own = `?customerId=${owner.user.id}`
      assert.deepStrictEqual(yield* listOf(owner.accessToken, own), ["LAMP"])
    })
  )

  it.effect("is shown to staff by the customer's id, beside their own", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      yield* sell("TEA")
      const { accessToken, user } = yield* newCustomer()
      const seller = yield* newPerson("seller")
      yield* wish(accessToken, "LAMP")
      yield* wish(seller.accessToken, "TEA")
      const theirs = `?customerId=${user.id}`
      assert.deepStrictEqual(yield* listOf(seller.accessToken, theirs), ["LAMP"])
      assert.deepStrictEqual(yield* listOf(seller.accessToken), ["TEA"])
      assert.deepStrictEqual(yield* listOf(TestHttpApp.adminKey, theirs), ["LAMP"])
      const malformed = yield* get("/v1/wishlist?customerId=ada")
      assertProblem(malformed, 400, "invalid_request")
    })
  )

  it.effect("is meant by no request with the shop's own key", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      for (const refused of [
        yield* assertNothingWritten(wish(TestHttpApp.adminKey, "LAMP")),
        yield* assertNothingWritten(unwish(TestHttpApp.adminKey, "LAMP")),
        yield* get("/v1/wishlist")
      ]) {
        assertProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.body.errors[0].header, "authorization")
      }
    })
  )
})
