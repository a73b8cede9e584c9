/** Tests of the auditor: no finding in a consistent shop, and one for each manipulation. */
import { describe, expect, it } from "vitest"
import { checks, judge } from "./support/Audit.ts"
import type { AuditInput } from "./support/audit/AuditInput.ts"
import { consistentFixture } from "./support/audit/ConsistentFixture.ts"
import type { Entry } from "./support/ClientLog.ts"
import type { JournalEvent, LedgerEntry, Order, Payment, Stock } from "./support/Wire.ts"

type Fraud = (honest: AuditInput) => AuditInput

const events =
  (change: (journal: ReadonlyArray<JournalEvent>) => ReadonlyArray<JournalEvent>): Fraud =>
  (honest) => ({ ...honest, journal: change(honest.journal) })

const is = (type: string, stream: string) => (event: JournalEvent) =>
  event.type === type && event.stream === stream

const without = (type: string, stream: string): Fraud =>
  events((journal) => journal.filter((event) => !is(type, stream)(event)))

const changed = (type: string, stream: string, change: Partial<JournalEvent>): Fraud =>
  events((journal) =>
    journal.map((event) => (is(type, stream)(event) ? { ...event, ...change } : event))
  )

/** The event happens again, right after itself, by a command of its own or by the same one. */
const twice = (type: string, stream: string, commandId?: string): Fraud =>
  events((journal) =>
    journal.flatMap((event) => {
      if (!is(type, stream)(event)) return [event]
      const metadata = { ...event.metadata, commandId: commandId ?? event.metadata.commandId }
      return [event, { ...event, metadata, version: event.version + 7 }]
    })
  )

const order =
  (id: string, change: Partial<Order>): Fraud =>
  (honest) => ({
    ...honest,
    orders: new Map(honest.orders).set(id, { ...honest.orders.get(id)!, ...change })
  })

const stock =
  (sku: string, change: Partial<Stock>): Fraud =>
  (honest) => ({
    ...honest,
    stock: new Map(honest.stock).set(sku, { ...honest.stock.get(sku)!, ...change })
  })

const payment =
  (id: string, change: (payment: Payment) => Partial<Payment>): Fraud =>
  (honest) => {
    const before = honest.payments.get(id)!
    return {
      ...honest,
      payments: new Map(honest.payments).set(id, { ...before, ...change(before) })
    }
  }

const book =
  (change: (ledger: ReadonlyArray<LedgerEntry>) => ReadonlyArray<LedgerEntry>): Fraud =>
  (honest) => ({ ...honest, ledger: change(honest.ledger) })

const log =
  (mark: string, change: Partial<Entry>): Fraud =>
  (honest) => ({
    ...honest,
    log: honest.log.map((entry) => (entry.intent.mark === mark ? { ...entry, ...change } : entry))
  })

const replay =
  (mark: string, answer: { readonly status: number; readonly text: string }): Fraud =>
  (honest) => ({ ...honest, replays: new Map(honest.replays).set(mark, answer) })

const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" })

/** For each check, by its text, the manipulations that it must find. */
const frauds: Readonly<Record<string, Readonly<Record<string, Fraud>>>> = {
  "the versions of each stream are 1, 2, 3 … without a hole (I-4)": {
    "a lost event": without("OrderPaymentAuthorized", "order-kept"),
    "a version that is there twice": changed("OrderConfirmed", "order-kept", { version: 1 })
  },
  "positions rise, event by event (I-6)": {
    "an event that came in from behind": changed("OrderCancelled", "order-far", { position: 3 })
  },
  "a command has its effect on a stream once, whatever the retries (I-10)": {
    "a restock counted again": twice("StockReceived", "inventory-X"),
    "a retry right after the first try": changed("OrderPaymentAuthorized", "order-kept", {
      metadata: { ...consistentFixture().journal[2]!.metadata }
    })
  },
  "everything acknowledged is there, once (I-1)": {
    "an order that is gone": without("OrderPlaced", "order-kept"),
    "an order placed twice": twice("OrderPlaced", "order-kept", "another"),
    "an order that is not shown": (honest) => ({
      ...honest,
      orders: new Map([...honest.orders].filter(([id]) => id !== "kept"))
    }),
    "a restock that is gone": without("StockReceived", "inventory-Y"),
    "a refund that is gone": without("PaymentRefundRequested", "payment-kept"),
    "a cancelled order that goes on": order("back", { status: "confirmed" }),
    "a shipment that is forgotten": order("sent", { status: "confirmed" })
  },
  "nothing refused has left anything (I-2)": {
    "an order refused and placed": changed("OrderPlaced", "order-far", {
      payload: { metadata: { mark: "mark-nonsense" } }
    }),
    "a cancellation refused and begun": changed("OrderCancellationStarted", "order-back", {
      payload: { cancellation: { note: "mark-late" } }
    })
  },
  "every request got a definite answer in the end": {
    "a shopper left in doubt": log("mark-far", {
      outcome: { class: "unknown", status: 0, text: "reset" }
    })
  },
  "the same key answers the same, as often as it is asked (I-10, I-12, I-13)": {
    "another order": replay("mark-kept", {
      status: 201,
      text: JSON.stringify(consistentFixture().orders.get("far"))
    }),
    "another body": replay("mark-kept", {
      status: 201,
      text: JSON.stringify({ ...consistentFixture().orders.get("kept"), version: 99 })
    }),
    "a refusal": replay("mark-kept", { status: 409, text: "in use" }),
    "no answer": (honest) => ({ ...honest, replays: new Map() })
  },
  "no order was placed without a request": {
    "an order out of thin air": log("mark-far", {
      intent: { kind: "order", mark: "mark-other", path: "", body: {} }
    })
  },
  "everything can be read": {
    "a stock that cannot be read": (honest) => ({ ...honest, unreadable: ["/v1/inventory/X: 500"] })
  },
  "every saga has ended within 60 s of the last fault (I-20, I-50)": {
    "a saga that hangs": without("OrderConfirmed", "order-kept"),
    "a cancellation that hangs": without("OrderCancelled", "order-back"),
    "a saga that dawdles": changed("OrderConfirmed", "order-kept", {
      recordedAt: "2030-01-01T00:09:00.000Z"
    })
  },
  "every order of the journal is shown, and as the journal tells it": {
    "a wrong status": order("kept", { status: "cancelled" }),
    "a wrong version": order("kept", { version: 3 })
  },
  "an order's total is what its lines, tax and shipping come to (I-34)": {
    "a discount without a reason": order("kept", { total: eur(1) }),
    "a wrong subtotal": order("kept", { subtotal: eur(1) })
  },
  "no step is taken before the one it rests on, and none after the end (I-20, I-21)": {
    "a capture without a shipment": without("OrderShipmentBooked", "order-kept"),
    "life after the end": twice("OrderCancelled", "order-far", "another")
  },
  "available + reserved + committed = restocked + adjusted, none below 0 (I-40, I-41)": {
    "units sold that never came": without("StockReceived", "inventory-X"),
    "a hold that was not made": without("StockReserved", "inventory-Y"),
    "a hold made twice": twice("StockReserved", "inventory-Y", "another"),
    "an event of an unknown kind": changed("StockReturned", "inventory-X", { type: "StockLost" })
  },
  "the stock that is shown is the stock of the journal": {
    "a unit too many": stock("X", { onHand: 9, available: 9 }),
    "a hold that is not there": stock("Y", { reserved: 1, available: 1 })
  },
  "no reservation outlives its order (I-42)": {
    "a hold that was not released": without("ReservationReleased", "inventory-X")
  },
  "each kept order has exactly its lines, and a cancelled one nothing (I-22, I-43)": {
    "a parcel without its goods": without("StockCommitted", "inventory-Y"),
    "goods that did not come back": without("StockReturned", "inventory-X"),
    "another quantity than ordered": order("kept", {
      lines: consistentFixture()
        .orders.get("kept")!
        .lines.map((line) => ({ ...line, quantity: 4 }))
    }),
    "a second reservation": twice("StockReserved", "inventory-X", "another")
  },
  "stock moves only for orders that exist, and for SKUs on their lines": {
    "a hold for no order": changed("StockReserved", "inventory-Y", {
      payload: { orderId: "ghost", quantity: 1, expiresAt: "" }
    })
  },
  "an order is authorised, captured and voided at most once in the provider's book (I-31)": {
    "a card charged twice": book((ledger) => [
      ...ledger,
      { ...ledger[2]!, idempotencyKey: "kept/capture/2" }
    ])
  },
  "the provider's book and the shop's payments hold the same successes (I-33)": {
    "a charge the shop does not know": payment("kept", ({ attempts }) => ({
      attempts: attempts.slice(0, 1)
    })),
    "a refund the provider does not know": book((ledger) =>
      ledger.filter(({ kind }) => kind !== "refund")
    ),
    "another amount": payment("sent", ({ attempts }) => ({
      attempts: attempts.map((attempt) => ({ ...attempt, amount: eur(999) }))
    })),
    "another key": book((ledger) =>
      ledger.map((entry) => ({ ...entry, idempotencyKey: `${entry.idempotencyKey}!` }))
    )
  },
  "captured, refunded and what is left of them are the same in both books": {
    "a refund that is not shown": payment("kept", () => ({ refunded: eur(0) })),
    "a wrong rest": payment("kept", () => ({ refundable: eur(1500) }))
  },
  "0 ≤ refunded ≤ captured ≤ authorised for each payment (I-30)": {
    "more refunded than captured": payment("sent", () => ({ refunded: eur(1001) })),
    "more captured than authorised": payment("sent", () => ({ authorized: eur(1) }))
  },
  "a kept order is paid in full, and a cancelled one holds no money (I-22)": {
    "goods for nothing": book((ledger) =>
      ledger.filter(({ idempotencyKey }) => idempotencyKey !== "sent/capture")
    ),
    "money for nothing": book((ledger) =>
      ledger.filter(({ idempotencyKey }) => idempotencyKey !== "back/refund/re_u")
    ),
    "an authorisation left behind": book((ledger) => ledger.filter(({ kind }) => kind !== "void"))
  },
  "nothing asked of the provider is still open": {
    "a refund under way": payment("kept", ({ refunds }) => ({
      refunds: refunds.map((refund) => ({ ...refund, status: "pending" as const }))
    }))
  },
  "the journal and the provider's book are equal: key, kind, amount and currency (I-33)": {
    "a refund the journal has never heard of": without("PaymentRefunded", "payment-kept"),
    "a capture that happens twice in the journal": twice("PaymentCaptured", "payment-sent"),
    "an entry of the provider that is gone": book((ledger) =>
      ledger.filter(({ idempotencyKey }) => idempotencyKey !== "sent/authorize")
    ),
    "an entry of the provider in another currency": book((ledger) =>
      ledger.map((entry) =>
        entry.idempotencyKey === "sent/capture"
          ? { ...entry, amount: { ...entry.amount, currency: "USD" } }
          : entry
      )
    ),
    "a cent too many": book((ledger) =>
      ledger.map((entry) =>
        entry.idempotencyKey === "kept/refund/re_1" ? { ...entry, amount: eur(401) } : entry
      )
    )
  },
  "the list has every payment, with the sums of the provider's book": {
    "a payment that is not listed": (honest) => ({
      ...honest,
      listed: new Map([...honest.listed].filter(([id]) => id !== "far"))
    }),
    "a payment that is listed and does not exist": (honest) => ({
      ...honest,
      listed: new Map(honest.listed).set("ghost", honest.listed.get("far")!)
    }),
    "a refund that is not listed": (honest) => ({
      ...honest,
      listed: new Map(honest.listed).set("kept", {
        ...honest.listed.get("kept")!,
        refunded: eur(0)
      })
    })
  },
  "revenue is captured − refunded of the provider's book, by currency (I-32)": {
    "revenue that was not paid": (honest) => ({
      ...honest,
      totals: honest.totals.map((total) => ({ ...total, revenue: eur(2101) }))
    }),
    "revenue that is not shown": (honest) => ({ ...honest, totals: [] })
  },
  "the provider was asked for no order but ours": {
    "a charge for a ghost": book((ledger) => [...ledger, { ...ledger[0]!, orderId: "ghost" }])
  }
}

it("has no finding in a consistent shop", () => {
  expect(judge(consistentFixture())).toEqual([])
})

for (const { find, says } of checks) {
  describe(says, () => {
    for (const [name, fraud] of Object.entries(frauds[says] ?? {})) {
      it(`finds ${name}`, () => {
        expect(find(fraud(consistentFixture()))).not.toEqual([])
      })
    }

    it("has a manipulation to find", () => {
      expect(Object.keys(frauds[says] ?? {})).not.toEqual([])
    })
  })
}
