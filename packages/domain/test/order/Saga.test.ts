/** tmp */
import { it } from "@effect/vitest"
import { mug, orderId, place, tea } from "../support/Examples.ts"
import { checkRest, ending } from "../support/Rest.ts"
import { Shop } from "../support/Shop.ts"
it("x", () => {
  const shop = new Shop({
    stock: [
      [mug, 5],
      [tea, 5]
    ]
  })
  shop.place(place)
  let n = 0
  while (shop.queue.length) {
    console.log(shop.queue[0]!.label)
    shop.deliver()
    n++
  }
  console.log(n, ending(shop, orderId))
  checkRest(shop, true)
})
