/**
 * The part of the contract's responses that the auditor reads. It uses no product code.
 */
import { Schema } from "effect"

const text = Schema.String
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

export const Money = Schema.Struct({ amountMinor: Schema.NonNegativeInt, currency: text })
export type Money = typeof Money.Type

export const OrderStatus = Schema.Literal(
  "pending",
  "confirmed",
  "shipped",
  "delivered",
  "cancelling",
  "cancelled"
)

export const Order = Schema.Struct({
  id: text,
  status: OrderStatus,
  version: Schema.Int,
  customerId: text,
  lines: Schema.Array(
    Schema.Struct({
      sku: text,
      name: text,
      quantity: Schema.Positive,
      unitPrice: Money,
      total: Money
    })
  ),
  subtotal: Money,
  tax: Money,
  shipping: Money,
  total: Money,
  confirmationNumber: optional(text),
  trackingNumber: optional(text),
  cancellation: optional(
    Schema.Struct({
      reason: text,
      skus: optional(Schema.Array(text)),
      declineCode: optional(text),
      note: optional(text),
      at: text
    })
  ),
  placedAt: text,
  updatedAt: text,
  metadata: Schema.Record({ key: text, value: text })
})
export type Order = typeof Order.Type

/** In a list an order may be some moments old, and says nothing about its version. */
export const ListedOrder = Order.omit("version")

export const Stock = Schema.Struct({
  sku: text,
  onHand: Schema.Int,
  reserved: Schema.Int,
  available: Schema.Int,
  version: Schema.Int
})
export type Stock = typeof Stock.Type

export const Product = Schema.Struct({
  sku: text,
  name: text,
  price: Money,
  available: Schema.Int
})

const Attempted = Schema.Literal("pending", "succeeded", "failed")

export const Refund = Schema.Struct({ id: text, status: Attempted, amount: Money, reason: text })

export const Payment = Schema.Struct({
  status: text,
  authorized: Money,
  captured: Money,
  refunded: Money,
  refundable: Money,
  declineCode: optional(text),
  attempts: Schema.Array(Schema.Struct({ kind: text, status: Attempted, amount: Money })),
  refunds: Schema.Array(Refund)
})
export type Payment = typeof Payment.Type

/** A payment in the list, some moments old. */
export const ListedPayment = Schema.Struct({
  orderId: text,
  status: text,
  captured: Money,
  refunded: Money,
  open: Schema.Array(Schema.Struct({ step: text, amount: Money }))
})
export type ListedPayment = typeof ListedPayment.Type

export const CurrencyTotal = Schema.Struct({
  payments: Schema.Int,
  captured: Money,
  refunded: Money,
  revenue: Money
})
export type CurrencyTotal = typeof CurrencyTotal.Type

export const Reconciliation = Schema.Struct({
  data: Schema.Array(
    Schema.Struct({
      orderId: text,
      isOpen: Schema.Boolean,
      differences: Schema.Array(Schema.Struct({ key: text, problem: text }))
    })
  ),
  totals: Schema.Array(CurrencyTotal),
  next: Schema.NullOr(Schema.Int)
})

export const JournalEvent = Schema.Struct({
  position: Schema.Int,
  stream: text,
  version: Schema.Int,
  type: text,
  payload: Schema.Record({ key: text, value: Schema.Unknown }),
  metadata: Schema.Struct({
    commandId: text,
    correlationId: text,
    causationId: text,
    who: text
  }),
  recordedAt: text
})
export type JournalEvent = typeof JournalEvent.Type

export const LedgerEntry = Schema.Struct({
  id: Schema.Int,
  orderId: text,
  kind: Schema.Literal("authorize", "capture", "void", "refund"),
  status: Schema.Literal("succeeded", "failed"),
  amount: Money,
  idempotencyKey: text,
  at: text
})
export type LedgerEntry = typeof LedgerEntry.Type

export const Timeline = Schema.Struct({
  data: Schema.Array(
    Schema.Struct({ version: Schema.Int, type: text, at: text, summary: text, actor: text })
  )
})

export const Problem = Schema.Struct({
  type: text,
  title: text,
  status: Schema.Int,
  code: text,
  detail: text,
  requestId: text,
  errors: optional(
    Schema.Array(
      Schema.Struct({
        pointer: optional(text),
        parameter: optional(text),
        header: optional(text),
        detail: text
      })
    )
  )
})

/** A page of a log that is read from the beginning; `next` is where the following one starts. */
export const logPage = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.Struct({ data: Schema.Array(item), next: Schema.NullOr(Schema.Int) })

/** A page of a list, newest first. */
export const list = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.Struct({ data: Schema.Array(item), hasMore: Schema.Boolean })

/** Why the stock of one SKU is what it is, oldest first. */
export const history = logPage(
  Schema.Struct({ type: text, quantity: Schema.Int, orderId: optional(text), actor: text })
)
