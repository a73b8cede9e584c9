/**
 * Generates requests of customers and staff: valid ones, cards with faults, and invalid requests.
 */
import type { Intent } from "./ClientLog.ts"
import type { Random } from "./Random.ts"
import type { Order } from "./Wire.ts"

export interface Good {
  readonly sku: string
  readonly amountMinor: number
  readonly quantity: number
}

/** Plenty of these. */
export const staples: readonly [Good, ...ReadonlyArray<Good>] = [
  { sku: "STAPLE-1", amountMinor: 199, quantity: 1_000_000 },
  { sku: "STAPLE-2", amountMinor: 1_250, quantity: 1_000_000 },
  { sku: "STAPLE-3", amountMinor: 4_999, quantity: 1_000_000 },
  { sku: "STAPLE-4", amountMinor: 80, quantity: 1_000_000 },
  { sku: "STAPLE-5", amountMinor: 25_000, quantity: 1_000_000 },
  { sku: "STAPLE-6", amountMinor: 333, quantity: 1_000_000 }
]

/** Fewer of these than are ordered. */
export const rarities: readonly [Good, ...ReadonlyArray<Good>] = [
  { sku: "RARITY-1", amountMinor: 90_000, quantity: 5 },
  { sku: "RARITY-2", amountMinor: 7_500, quantity: 20 },
  { sku: "RARITY-3", amountMinor: 12_000, quantity: 1 }
]

const address = {
  name: "Ada Lovelace",
  line1: "12 Market Street",
  city: "Tangier",
  postalCode: "90000",
  country: "MA"
}

/** Cards, and how often each of them is used. */
export type Cards = Readonly<Record<string, number>>

export const sandboxCards: Cards = {
  pm_card_visa: 80,
  pm_card_chargeDeclined: 3,
  pm_card_chargeDeclinedInsufficientFunds: 3,
  pm_souk_flaky: 5,
  pm_souk_timeout_charged: 4,
  pm_souk_timeout_not_charged: 4
}

/** A body that `POST /v1/orders` accepts. */
export const orderBody = (
  lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>,
  change: Readonly<Record<string, unknown>> & {
    readonly token?: string
    readonly country?: string
  } = {}
): Readonly<Record<string, unknown>> => {
  const { country = address.country, token = "pm_card_visa", ...rest } = change
  return {
    customerId: "cus_test",
    lines,
    shippingAddress: { ...address, country },
    paymentMethod: { type: "card", token },
    ...rest
  }
}

const linesOf = (random: Random) => {
  const first = random.chance(0.2) ? random.pick(rarities) : random.pick(staples)
  const second = random.chance(0.1) ? random.pick(rarities) : random.pick(staples)
  const goods = random.chance(0.4) && first.sku !== second.sku ? [first, second] : [first]
  return goods.map(({ sku }) => ({ sku, quantity: random.int(1, 4) }))
}

export const order = (random: Random, mark: string, cards = sandboxCards): Intent => {
  const body = orderBody(linesOf(random), {
    token: random.weighted(cards),
    country: random.chance(0.03) ? "AQ" : address.country,
    metadata: { mark }
  })
  const wait = random.pick([undefined, undefined, 0, 10])
  return {
    kind: "order",
    mark,
    key: mark,
    path: "/v1/orders",
    body,
    ...(wait === undefined ? {} : { waitSeconds: wait })
  }
}

/** One unit, paid with a card that is good, and the answer waits until that is settled. */
export const purchase = (mark: string, sku: string): Intent => ({
  kind: "order",
  mark,
  key: mark,
  path: "/v1/orders",
  body: orderBody([{ sku, quantity: 1 }], { metadata: { mark } }),
  waitSeconds: 10
})

/** The shop must always refuse each of these, and store nothing of it. */
export const nonsense = (random: Random, mark: string, usedKey: string | undefined): Intent => {
  const line = { sku: random.pick(staples).sku, quantity: 1 }
  const metadata = { mark }
  const intent = { kind: "order", mark, key: mark, path: "/v1/orders" } as const
  switch (random.pick(["unknown sku", "nothing", "half", "used key"] as const)) {
    case "unknown sku":
      return { ...intent, body: orderBody([line, { sku: "NO-SUCH", quantity: 1 }], { metadata }) }
    case "nothing":
      return { ...intent, body: orderBody([{ ...line, quantity: 0 }], { metadata }) }
    case "half":
      return { ...intent, body: orderBody([{ ...line, quantity: 1.5 }], { metadata }) }
    case "used key":
      return usedKey === undefined
        ? { ...intent, body: orderBody([], { metadata }) }
        : { ...intent, key: usedKey, body: orderBody([line], { metadata }) }
  }
}

export const restock = (random: Random, mark: string): Intent => {
  const { sku } = random.pick(rarities)
  const body = { quantity: random.int(1, 6), reference: mark }
  return { kind: "receipt", mark, key: mark, path: `/v1/inventory/${sku}/receipts`, body }
}

/** A part of what was paid; sometimes more, which must be refused. */
export const refund = (random: Random, mark: string, { id, total }: Order): Intent => {
  const share = random.chance(0.1) ? 1.5 : random.next() / 2
  const amountMinor = Math.max(1, Math.round(total.amountMinor * share))
  return {
    kind: "refund",
    mark,
    key: mark,
    path: `/v1/payments/${id}/refunds`,
    body: { amount: { amountMinor, currency: total.currency }, reason: mark },
    orderId: id
  }
}

export const cancellation = (mark: string, { id }: Order): Intent => ({
  kind: "cancellation",
  mark,
  path: `/v1/orders/${id}/cancellation`,
  body: { reason: mark },
  orderId: id
})

export const shipment = (mark: string, { id }: Order): Intent => ({
  kind: "shipment",
  mark,
  path: `/v1/orders/${id}/shipment`,
  body: { trackingNumber: mark },
  orderId: id
})

export const delivery = (mark: string, { id }: Order): Intent => ({
  kind: "delivery",
  mark,
  path: `/v1/orders/${id}/delivery`,
  body: {},
  orderId: id
})
