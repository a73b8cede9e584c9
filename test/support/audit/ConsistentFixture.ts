/** The evidence of a small honest shop: five orders, five fates. What frauds are made from. */
import type { Entry, Intent, Outcome } from "../ClientLog.ts"
import type {
  CurrencyTotal,
  JournalEvent,
  LedgerEntry,
  ListedPayment,
  Money,
  Order,
  Payment,
  Stock
} from "../Wire.ts"
import type { AuditInput } from "./AuditInput.ts"

const eur = (amountMinor: number): Money => ({ amountMinor, currency: "EUR" })

const at = (position: number): string =>
  new Date(Date.parse("2030-01-01T00:00:00.000Z") + position * 1_000).toISOString()

/** A journal as it is written: versions and positions count themselves. */
class Scribe {
  readonly events: Array<JournalEvent> = []

  /** The events of one command, in one commit. */
  write(stream: string, commandId: string, ...events: ReadonlyArray<[string, object?]>): void {
    const recordedAt = at(this.events.length)
    for (const [type, payload = {}] of events) {
      const before = this.events.filter((event) => event.stream === stream).length
      this.events.push({
        position: this.events.length + 1,
        stream,
        version: before + 1,
        type,
        payload: { ...payload },
        metadata: { commandId, correlationId: "", causationId: "", who: "test" },
        recordedAt
      })
    }
  }

  /** What happens to one order, each step by a command of its own. */
  order(id: string, ...steps: ReadonlyArray<string | readonly [string, object]>): void {
    for (const step of steps) {
      const [type, payload] = typeof step === "string" ? [step, {}] : step
      this.write(`order-${id}`, `${id}/${type}/${this.events.length}`, [type, payload])
    }
  }

  stock(sku: string, type: string, orderId: string, quantity: number): void {
    const payload = { sku, orderId, quantity, expiresAt: "2030-01-02T00:00:00.000Z" }
    this.write(`inventory-${sku}`, `${orderId}/${type}/${sku}`, [type, payload])
  }
}

const price = 500

const orderOf = (
  id: string,
  status: Order["status"],
  version: number,
  ...lines: ReadonlyArray<[sku: string, quantity: number]>
): Order => {
  const goods = lines.reduce((sum, [, quantity]) => sum + quantity * price, 0)
  return {
    id,
    status,
    version,
    customerId: "cus_test",
    lines: lines.map(([sku, quantity]) => ({
      sku,
      name: sku,
      quantity,
      unitPrice: eur(price),
      total: eur(quantity * price)
    })),
    subtotal: eur(goods),
    tax: eur(0),
    shipping: eur(0),
    total: eur(goods),
    placedAt: at(0),
    updatedAt: at(0),
    metadata: { mark: `mark-${id}` }
  }
}

/** Each attempt and each refund of a payment, asked for and answered. */
const pay = (scribe: Scribe, id: string, { attempts, refunds }: Payment): void => {
  const stream = `payment-${id}`
  const answers = { authorize: "PaymentAuthorized", capture: "PaymentCaptured" }
  for (const { amount, kind } of attempts) {
    if (kind === "authorize") {
      scribe.write(stream, `${id}/asked`, ["PaymentAuthorizationRequested", { amount }])
    }
    const type = new Map(Object.entries(answers)).get(kind) ?? "PaymentVoided"
    scribe.write(stream, `${id}/${kind}`, [type, { reference: "sb_1" }])
  }
  for (const { amount, id: refundId } of refunds) {
    const asked = { refundId, amount, reason: refundId === "re_1" ? "mark-refund" : "undone" }
    scribe.write(stream, `${id}/asked/${refundId}`, ["PaymentRefundRequested", asked])
    scribe.write(stream, `${id}/${refundId}`, ["PaymentRefunded", { refundId }])
  }
}

const write = (scribe: Scribe): void => {
  for (const [sku, quantity] of [
    ["X", 10],
    ["Y", 5]
  ] as const) {
    scribe.write(`inventory-${sku}`, `open-${sku}`, [
      "StockReceived",
      { sku, quantity, reference: `mark-${sku}` }
    ])
  }
  const placed = (id: string) => ["OrderPlaced", { metadata: { mark: `mark-${id}` } }] as const

  scribe.order("kept", placed("kept"))
  scribe.stock("X", "StockReserved", "kept", 2)
  scribe.stock("Y", "StockReserved", "kept", 1)
  scribe.order("kept", "OrderPaymentAuthorized", "OrderShipmentBooked", "OrderPaymentCaptured")
  scribe.stock("X", "StockCommitted", "kept", 2)
  scribe.stock("Y", "StockCommitted", "kept", 1)
  scribe.order("kept", "OrderConfirmed")

  scribe.order("short", placed("short"))
  scribe.stock("X", "StockReserved", "short", 1)
  scribe.order("short", "OrderLineOutOfStock", "OrderCancellationStarted")
  scribe.stock("X", "ReservationReleased", "short", 1)
  scribe.order("short", "OrderCancelled")

  scribe.order("back", placed("back"))
  scribe.stock("X", "StockReserved", "back", 3)
  scribe.order("back", "OrderPaymentAuthorized", "OrderShipmentBooked", "OrderPaymentCaptured")
  scribe.stock("X", "StockCommitted", "back", 3)
  scribe.order("back", "OrderConfirmed")
  scribe.order("back", ["OrderCancellationStarted", { cancellation: { note: "mark-cancel" } }])
  scribe.stock("X", "StockReturned", "back", 3)
  scribe.order("back", "OrderCancelled")

  scribe.order("far", placed("far"))
  scribe.stock("Y", "StockReserved", "far", 1)
  scribe.order("far", "OrderPaymentAuthorized", "OrderCancellationStarted")
  scribe.stock("Y", "ReservationExpired", "far", 1)
  scribe.order("far", "OrderCancelled")

  scribe.order("sent", placed("sent"))
  scribe.stock("Y", "StockReserved", "sent", 2)
  scribe.order("sent", "OrderPaymentAuthorized", "OrderShipmentBooked", "OrderPaymentCaptured")
  scribe.stock("Y", "StockCommitted", "sent", 2)
  scribe.order("sent", "OrderConfirmed", ["OrderShipped", { trackingNumber: "mark-ship" }])
}

const attempt = (kind: string, amount: number) =>
  ({ kind, status: "succeeded", amount: eur(amount) }) as const

const refundOf = (id: string, amount: number) =>
  ({ id, status: "succeeded", amount: eur(amount), reason: "test" }) as const

const paymentOf = (
  [authorized, captured, refunded]: readonly [number, number, number],
  rest: Pick<Payment, "attempts" | "refunds">
): Payment => ({
  status: "test",
  authorized: eur(authorized),
  captured: eur(captured),
  refunded: eur(refunded),
  refundable: eur(captured - refunded),
  ...rest
})

const paid = (amount: number) => [attempt("authorize", amount), attempt("capture", amount)]

const payments: ReadonlyMap<string, Payment> = new Map([
  [
    "kept",
    paymentOf([1500, 1500, 400], { attempts: paid(1500), refunds: [refundOf("re_1", 400)] })
  ],
  [
    "back",
    paymentOf([1500, 1500, 1500], { attempts: paid(1500), refunds: [refundOf("re_u", 1500)] })
  ],
  [
    "far",
    paymentOf([500, 0, 0], {
      attempts: [attempt("authorize", 500), attempt("void", 500)],
      refunds: []
    })
  ],
  ["sent", paymentOf([1000, 1000, 0], { attempts: paid(1000), refunds: [] })]
])

const listed: ReadonlyMap<string, ListedPayment> = new Map(
  [...payments].map(([orderId, { captured, refunded, status }]) => [
    orderId,
    { orderId, status, captured, refunded, open: [] }
  ])
)

const totals: ReadonlyArray<CurrencyTotal> = [
  { payments: 4, captured: eur(4000), refunded: eur(1900), revenue: eur(2100) }
]

const ledger: ReadonlyArray<LedgerEntry> = [
  ["kept", "authorize", "failed", 1500, "kept/authorize"],
  ["kept", "authorize", "succeeded", 1500, "kept/authorize"],
  ["kept", "capture", "succeeded", 1500, "kept/capture"],
  ["kept", "refund", "succeeded", 400, "kept/refund/re_1"],
  ["back", "authorize", "succeeded", 1500, "back/authorize"],
  ["back", "capture", "succeeded", 1500, "back/capture"],
  ["back", "refund", "succeeded", 1500, "back/refund/re_u"],
  ["far", "authorize", "succeeded", 500, "far/authorize"],
  ["far", "void", "succeeded", 500, "far/void"],
  ["sent", "authorize", "succeeded", 1000, "sent/authorize"],
  ["sent", "capture", "succeeded", 1000, "sent/capture"]
].map(([orderId, kind, status, amount, idempotencyKey], index) => ({
  id: index + 1,
  orderId: String(orderId),
  kind: kind as LedgerEntry["kind"],
  status: status as LedgerEntry["status"],
  amount: eur(Number(amount)),
  idempotencyKey: String(idempotencyKey),
  at: at(index)
}))

const entry = (kind: Intent["kind"], mark: string, outcome: Outcome, orderId?: string): Entry => ({
  intent: {
    kind,
    mark,
    key: mark,
    path: "",
    body: {},
    ...(orderId === undefined ? {} : { orderId })
  },
  outcome,
  attempts: 1
})

const ok = (document: unknown): Outcome => ({
  class: "ok",
  status: 201,
  text: JSON.stringify(document)
})

const stockOf = (sku: string, onHand: number, version: number): Stock => ({
  sku,
  onHand,
  reserved: 0,
  available: onHand,
  version
})

/** A shop of which nothing bad can be said. */
export const consistentFixture = (): AuditInput => {
  const scribe = new Scribe()
  write(scribe)
  for (const [id, payment] of payments) pay(scribe, id, payment)
  const countOf = (id: string) =>
    scribe.events.filter(({ stream }) => stream === `order-${id}`).length
  const orders = [
    orderOf("kept", "confirmed", countOf("kept"), ["X", 2], ["Y", 1]),
    orderOf("short", "cancelled", countOf("short"), ["X", 1], ["Y", 9]),
    orderOf("back", "cancelled", countOf("back"), ["X", 3]),
    orderOf("far", "cancelled", countOf("far"), ["Y", 1]),
    orderOf("sent", "shipped", countOf("sent"), ["Y", 2])
  ]
  const answers = orders.map((order) => [`mark-${order.id}`, ok(order)] as const)
  return {
    journal: scribe.events,
    ledger,
    payments,
    listed,
    totals,
    orders: new Map(orders.map((order) => [order.id, order])),
    stock: new Map([
      ["X", stockOf("X", 8, 9)],
      ["Y", stockOf("Y", 2, 7)]
    ]),
    log: [
      ...answers.map(([mark, outcome]) => entry("order", mark, outcome)),
      entry("receipt", "mark-X", ok({})),
      entry("receipt", "mark-Y", ok({})),
      entry("refund", "mark-refund", ok({})),
      entry("cancellation", "mark-cancel", ok({}), "back"),
      entry("shipment", "mark-ship", ok({}), "sent"),
      entry("order", "mark-nonsense", { class: "fail", status: 422, text: "" }),
      entry("cancellation", "mark-late", { class: "fail", status: 409, text: "" }, "sent")
    ],
    replays: new Map(answers),
    unreadable: [],
    lastFaultAt: at(0)
  }
}
