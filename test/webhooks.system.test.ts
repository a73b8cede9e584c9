/** Stripe's webhooks at a whole shop: a hundred copies of one, all at once. */
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { event } from "../packages/actors/test/support/StripeShapes.ts"
import * as StripeStandIn from "../packages/actors/test/support/StripeStandIn.ts"
import { readJournal } from "./support/Audit.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

const secret = "whsec_of_this_test_and_of_no_other"
const copies = 100

const scope = Effect.runSync(Scope.make())
let stripe: StripeStandIn.StripeStandIn
let shop: Shop
let front: Storefront

beforeAll(async () => {
  stripe = await Effect.runPromise(Scope.extend(StripeStandIn.make, scope))
  shop = await Shop.start({
    SOUK_PAYMENT_GATEWAY: "stripe",
    SOUK_STRIPE_SECRET_KEY: StripeStandIn.secretKey,
    SOUK_STRIPE_WEBHOOK_SECRET: secret,
    SOUK_STRIPE_API_BASE: stripe.url
  })
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

/** Posts bytes as Stripe does: the signature is the only credential. */
const deliver = async (body: string, signature: string): Promise<number> => {
  const response = await fetch(`${shop.baseUrl}/v1/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json", "stripe-signature": signature },
    body
  })
  await response.text()
  return response.status
}

it("takes a hundred copies of one webhook at once, and settles the order once", async () => {
  const sku = await front.putUp(1, 700)
  const { id } = await front.begin({ [sku]: 1 }, { token: "pm_card_threeDSecure2Required" })
  await front.until(id, async () => (await front.payment(id))?.status === "requires_action")
  const [intent] = [...stripe.book.intents.values()]
  stripe.book.authenticate(intent?.id ?? "", true)
  const told = event("payment_intent.amount_capturable_updated", {
    ...stripe.book.intents.get(intent?.id ?? "")
  })
  const now = Math.floor(Date.now() / 1_000)
  const { body, signature } = StripeStandIn.signed(told, secret, now)

  const statuses = await Promise.all(Array.from({ length: copies }, () => deliver(body, signature)))
  expect(statuses).toEqual(Array.from({ length: copies }, () => 200))

  const { status } = await front.until(id, (order) => order.status !== "pending")
  expect(status).toBe("confirmed")
  // One more, when all is over.
  expect(await deliver(body, signature)).toBe(200)
  expect(stripe.book.entries).toEqual([
    { kind: "authorize", key: `${id}/authorize`, amount: 700, currency: "eur" },
    { kind: "capture", key: `${id}/capture`, amount: 700, currency: "eur" }
  ])
  expect((await front.events(`payment-${id}`)).map(({ type }) => type)).toEqual([
    "PaymentAuthorizationRequested",
    "PaymentActionRequired",
    "PaymentAuthorized",
    "PaymentCaptureRequested",
    "PaymentCaptured"
  ])
  expect(await front.stock(sku)).toEqual([0, 0, 0])
})

it("stores no webhook with a foreign signature, or an old one", async () => {
  const told = JSON.parse(JSON.stringify(event("payment_intent.succeeded", {})))
  const now = Math.floor(Date.now() / 1_000)
  const forged = StripeStandIn.signed(told, "whsec_of_somebody_else", now)
  const stale = StripeStandIn.signed(told, secret, now - 301)
  const before = (await readJournal(shop.client)).length
  expect(await deliver(forged.body, forged.signature)).toBe(400)
  expect(await deliver(stale.body, stale.signature)).toBe(400)
  expect(await deliver(stale.body.replace("evt_", "evt_x"), stale.signature)).toBe(400)
  expect((await readJournal(shop.client)).length).toBe(before)
})
