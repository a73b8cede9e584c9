/** The same endings and the same calls to the provider, whatever is lost, repeated or late. */
import { assert, describe, it } from "@effect/vitest"
import { mug, orderId, place, tea } from "../support/Examples.ts"
import type { Script } from "../../src/testing/Gateway.ts"
import { checkQuiescence, ending } from "../support/Quiescence.ts"
import { Shop } from "../../src/testing/Shop.ts"

interface Plan {
  readonly script: Script
  readonly mugs: number
  /** Whether the customer takes the order back after it was confirmed. */
  readonly isTakenBack?: boolean
}

const plans: Record<string, Plan> = {
  "is confirmed": { script: {}, mugs: 10 },
  "is out of stock": { script: {}, mugs: 1 },
  "is declined": { script: { declines: "expired_card" }, mugs: 10 },
  "is refused by the carrier": { script: { carrierRefuses: "too heavy" }, mugs: 10 },
  "cannot be captured": { script: { captureFails: "lost_card" }, mugs: 10 },
  "is cancelled when confirmed": { script: {}, mugs: 10, isTakenBack: true },
  "is cancelled, and two refunds fail": { script: { refundsFail: 2 }, mugs: 10, isTakenBack: true }
}

/** Something goes wrong when the n-th message is about to be delivered. */
type Fault = (shop: Shop) => void

const faults: Record<string, Fault> = {
  "the process crashes": (shop) => shop.crash(),
  "the process crashes, while the provider works on": (shop) => shop.crash(false),
  "a message is lost": (shop) => shop.lose(0),
  "a message comes twice": (shop) => shop.deliver(0, true),
  "a message is delayed": (shop) => shop.queue.push(...shop.queue.splice(0, 1)),
  "the order is reminded for no reason": (shop) => shop.resume(orderId)
}

const play = (plan: Plan, remembers: boolean, fault?: Fault, moment?: number) => {
  const scripts = { [orderId]: plan.script }
  const stock = [
    [mug, plan.mugs],
    [tea, 10]
  ] as const
  const shop = new Shop({ stock, scripts, remembers })
  let delivered = 0
  const deliverAll = () => {
    for (; shop.queue.length > 0; delivered++) {
      if (delivered === moment) fault?.(shop)
      shop.deliver()
    }
    shop.heal()
  }
  shop.place(place)
  deliverAll()
  if (plan.isTakenBack) {
    shop.cancel(orderId)
    deliverAll()
  }
  checkQuiescence(shop, true)
  return { shop, delivered }
}

/** What a stranger can see: how it ended, what is in stock, and what the provider did. */
const outcome = ({ shop }: { readonly shop: Shop }) => ({
  ending: ending(shop, orderId),
  levels: [shop.levels(mug), shop.levels(tea)],
  parcel: shop.carrier.parcels.get(orderId),
  calls: shop.gateway.book.map(({ amountMinor, isDone, key }) => [key, isDone, amountMinor])
})

for (const [name, fault] of Object.entries(faults)) {
  describe(`when ${name}, at any moment,`, () => {
    for (const [sentence, plan] of Object.entries(plans)) {
      it(`an order that ${sentence} still is`, () => {
        const smooth = play(plan, true)
        for (let moment = 0; moment < smooth.delivered; moment++) {
          const rough = play(plan, moment % 2 === 0, fault, moment)
          assert.deepStrictEqual(outcome(rough), outcome(smooth), `at message ${moment}`)
        }
      })
    }
  })
}
