/** Examples of what operators see at their desk. */
import { streamId } from "@souk/domain/kernel/StreamId"
import { at, orderId } from "./OpenApiExampleShop.ts"

const VerifiedStock = {
  sku: "TEA-MINT",
  version: 7,
  holds: 1,
  differences: [
    {
      problem: "orphan_hold",
      journal: "the order has ended",
      found: "2 units held",
      orderId,
      isRepairable: true
    }
  ]
}

export const deskValues = {
  VerifiedStock,
  VerifiedStocks: { data: [VerifiedStock], next: null },
  RepairedStock: {
    ...VerifiedStock,
    version: 8,
    holds: 0,
    differences: [],
    repairs: [{ kind: "hold_released", orderId, quantity: 2 }]
  },
  Snapshots: {
    data: [
      {
        stream: "inventory-TEA-MINT",
        version: 500,
        schemaVersion: 1,
        state: { onHand: 100, held: 2 }
      }
    ],
    next: null
  },
  Due: {
    data: [{ stream: streamId("order", orderId), dueAt: at, overdueMs: -3_800, attempts: 0 }],
    at
  },
  RemindedOrder: {
    id: orderId,
    status: "pending",
    version: 3,
    isAtRest: false,
    waitsFor: ["the payment provider, to authorise 9.00 EUR"],
    payment: "pending"
  },
  DatabaseReport: {
    postgres: "18.1",
    head: 41,
    migrations: [
      {
        number: 1,
        name: "journal",
        checksum: "9f2c1d5e8a7b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d",
        state: "applied"
      }
    ],
    readModels: [{ name: "order_list", position: 41, behindMs: 0, rebuildTo: null }]
  },
  Rebuild: { name: "order_list", to: 41, isJoined: false }
} as const
