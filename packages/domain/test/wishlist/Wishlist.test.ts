/** A wishlist has each product once, as many as it may have, and forgets those that are removed. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { Sku, UserId } from "../../src/kernel/Ids.ts"
import { noSaga } from "../../src/kernel/Decider.ts"
import { tagsOf } from "../../src/kernel/Tagged.ts"
import { decider, ownerOf, type Wishlist, wishlistOf } from "../../src/wishlist/Wishlist.ts"
import { WishlistAggregate } from "../../src/wishlist/WishlistAggregate.ts"
import {
  itemsMax,
  type WishItem,
  WishlistCommand,
  WishlistFull,
  WishlistRejection
} from "../../src/wishlist/WishlistCommand.ts"
import { WishlistEvent } from "../../src/wishlist/WishlistEvent.ts"
import { WishlistView } from "../../src/wishlist/WishlistView.ts"
import { at, eur, mug, tea } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"
import { play, steps, wild } from "../support/History.ts"
import { laws, type Subject, viaJson } from "../support/Laws.ts"

const wish: typeof WishItem.Type = {
  _tag: "WishItem",
  sku: mug,
  notify: "none",
  seenPrice: eur(1000)
}
const unwish = { _tag: "UnwishItem", sku: mug } as const

const skuOf = (n: number) => Sku.make(`SKU-${n}`)

const subject: Subject<Wishlist, WishlistCommand, WishlistEvent, WishlistRejection> = {
  decider,
  anything: wild(WishlistCommand, { sku: [mug, tea] }),
  eventTags: tagsOf(WishlistEvent),
  viaJson: { event: viaJson(WishlistEvent), rejection: viaJson(WishlistRejection) },
  likely: () => [wish, { ...wish, sku: tea, notify: "both" }, unwish, { ...wish, notify: "price" }],
  show: (state) => state,
  checkView: (state) => Schema.encodeSync(WishlistView)(state),
  isRepeatable: () => true,
  saga: noSaga,
  settles: () => false
}

laws("a wishlist", subject)

const first = given(decider).when(wish, at(0))

describe("a wish", () => {
  it("is kept with the price that was seen", () => {
    const { _tag, ...fields } = wish
    const kept = first.thenEvents({ _tag: "ItemWished", ...fields, at: at(0) })
    assert.deepStrictEqual(kept.state.items, [{ ...fields, wishedAt: at(0) }])
  })

  it("changes nothing when it is repeated, whatever the product costs by now", () => {
    first.when(wish, at(1)).thenNothing()
    first.when({ ...wish, seenPrice: eur(900) }, at(1)).thenNothing()
  })

  it("keeps its place and its time when other news is wanted", () => {
    const changed = first
      .when({ ...wish, sku: tea }, at(1))
      .when({ ...wish, notify: "both", seenPrice: eur(900) }, at(2))
    const { _tag, ...fields } = wish
    assert.deepStrictEqual(changed.state.items, [
      { ...fields, notify: "both", seenPrice: eur(900), wishedAt: at(0) },
      { ...fields, sku: tea, wishedAt: at(1) }
    ])
  })

  it("is removed once, and is a new one afterwards", () => {
    const removed = first
      .when(unwish, at(1))
      .thenEvents({ _tag: "ItemUnwished", sku: mug, at: at(1) })
    removed.when(unwish, at(2)).thenNothing()
    const again = removed.when(wish, at(3))
    assert.deepStrictEqual(
      again.state.items.map(({ wishedAt }) => wishedAt),
      [at(3)]
    )
  })
})

describe("a full wishlist", () => {
  const full = given(
    decider,
    Array.from({ length: itemsMax }, (_, n) => ({
      _tag: "ItemWished" as const,
      sku: skuOf(n),
      notify: "none" as const,
      seenPrice: eur(1),
      at: at(n)
    }))
  )

  it("refuses another product, until one is removed", () => {
    full.when(wish, at(0)).thenRefused(new WishlistFull({ itemsMax: 500 }))
    const room = full.when({ ...unwish, sku: skuOf(0) }, at(0))
    assert.strictEqual(room.when(wish, at(1)).state.items.length, 500)
  })

  it("takes what it has already", () => {
    full.when({ ...wish, sku: skuOf(7) }, at(0)).thenNothing()
    const changed = full.when({ ...wish, sku: skuOf(7), notify: "both" }, at(0))
    assert.strictEqual(changed.state.items.length, 500)
  })
})

/** Many products, seldom removed: these histories reach the limit. */
const crowded = {
  decider,
  anything: wild(WishlistCommand, {
    sku: Array.from({ length: itemsMax + 50 }, (_, n) => skuOf(n))
  }),
  likely: ({ items }: Wishlist): ReadonlyArray<WishlistCommand> => [
    { ...wish, sku: skuOf(items.length) },
    { ...wish, sku: skuOf(items.length + 1), notify: "price" }
  ]
}

describe("a wishlist, whatever is asked of it,", () => {
  it.prop(
    "has each product once, and at most 500",
    [steps(crowded, 1_500)],
    ([drawn]) => {
      for (const { after } of play(crowded, drawn)) {
        const skus = after.items.map(({ sku }) => sku)
        assert.isAtMost(skus.length, 500)
        assert.strictEqual(new Set(skus).size, skus.length)
      }
    },
    { fastCheck: { numRuns: 10 } }
  )

  it("has the id of its user, and no other", () => {
    const user = UserId.make("usr_Jc2hQ0o9rKk4nT1v_-8Z")
    const id = wishlistOf(user)
    assert.strictEqual(id, "wsh_Jc2hQ0o9rKk4nT1v_-8Z")
    assert.strictEqual(ownerOf(id), user)
    const stream = WishlistAggregate.streamId(id)
    assert.deepStrictEqual(WishlistAggregate.idOf(stream), Option.some(id))
  })
})
