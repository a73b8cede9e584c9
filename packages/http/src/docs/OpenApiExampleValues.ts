/** What the shop of the examples has: mint tea, one customer, and one order. */
import { streamId } from "@souk/domain/kernel/StreamId"
import { at, eur, later, list, log, orderId, refundId, userId } from "./OpenApiExampleShop.ts"
import { deskValues } from "./OpenApiDeskValues.ts"

const product = { name: "Mint tea", price: eur(450) }

const Product = { sku: "TEA-MINT", ...product, listedAt: at, updatedAt: at, available: 98 }

const Stock = {
  sku: "TEA-MINT",
  onHand: 100,
  reserved: 2,
  available: 98,
  reorderPoint: 10,
  reorderQuantity: 50,
  version: 7
}

const shippingAddress = {
  name: "Ada",
  line1: "Street 1",
  city: "Utrecht",
  postalCode: "3511",
  country: "NL"
}

const PendingOrder = {
  id: orderId,
  status: "pending",
  customerId: userId,
  lines: [{ sku: "TEA-MINT", name: "Mint tea", quantity: 2, unitPrice: eur(450), total: eur(900) }],
  subtotal: eur(900),
  tax: eur(0),
  shipping: eur(0),
  total: eur(900),
  shippingAddress,
  nextAction: null,
  placedAt: at,
  updatedAt: at,
  metadata: { channel: "web" },
  version: 1
}

const Order = {
  ...PendingOrder,
  status: "confirmed",
  confirmationNumber: "SK-4BWQ7ZR0",
  trackingNumber: "3SABC123456",
  updatedAt: later,
  version: 7
}

const CancellingOrder = {
  ...Order,
  status: "cancelling",
  cancellation: { reason: "requested_by_customer", at: later },
  version: 8
}

const User = {
  id: userId,
  email: "ada@example.com",
  name: "Ada",
  role: "customer",
  createdAt: at
}

const credentials = { email: "ada@example.com", password: "correct horse" }

const Refund = {
  id: refundId,
  status: "succeeded",
  amount: eur(450),
  reason: "broken on arrival",
  idempotencyKey: `${orderId}/refund/${refundId}`,
  reference: "sbx_12",
  at: later
}

const { reference: _reference, ...pendingRefund } = Refund

const Payment = {
  id: "pay_4bWq7Zr0d1sJ8kYh2XcT",
  orderId,
  status: "partially_refunded",
  authorized: eur(900),
  captured: eur(900),
  refunded: eur(450),
  refundable: eur(450),
  attempts: [
    {
      kind: "capture",
      status: "succeeded",
      amount: eur(900),
      reason: "parcel_booked",
      actor: `customer:${userId}`,
      idempotencyKey: `${orderId}/capture`,
      reference: "sbx_11",
      at: later
    }
  ],
  refunds: [Refund],
  mismatches: []
}

const ListedPayment = {
  orderId,
  status: "captured",
  amount: eur(900),
  authorized: eur(900),
  captured: eur(900),
  refunded: eur(0),
  open: [],
  updatedAt: later
}

const ReconciledPayment = {
  orderId,
  status: "captured",
  checked: 2,
  isOpen: false,
  differences: []
}

const ApiKey = {
  id: "key_8hT2mQx5Vb1nK7cRw4Zd",
  name: "till",
  scopes: ["orders:read", "orders:all"],
  hint: "sk_…Zd3f",
  createdAt: at
}

const placed = { version: 1, type: "OrderPlaced", at, summary: "2 units for 9.00 EUR" }

const update = { ...placed, changes: { id: orderId, status: "pending" } }

/** Every example by its name; a test holds each to the schemas of the places that show it. */
export const values = {
  Nothing: {},
  Alive: { status: "ok" },
  Ready: { status: "ready", checks: [{ name: "database", isOk: true, detail: "commits" }] },
  Registration: { ...credentials, name: "Ada" },
  Login: credentials,
  RefreshToken: { refreshToken: "rt_the-token-as-it-was-told" },
  SignedIn: {
    user: User,
    accessToken: "the.access.token",
    refreshToken: "rt_the-next-token",
    expiresInSeconds: 900
  },
  VerificationKeys: {
    keys: [
      {
        kid: "2026-03",
        kty: "OKP",
        crv: "Ed25519",
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        alg: "EdDSA",
        use: "sig"
      }
    ]
  },
  ProductRequest: product,
  Product,
  Products: list("/v1/products", Product),
  Receipt: { quantity: 50, reference: "PO-1043" },
  Adjustment: { delta: -3, reason: "water damage" },
  ReorderPoint: { reorderPoint: 10, reorderQuantity: 50 },
  Stock,
  StockHistory: log(7, {
    version: 7,
    type: "StockReserved",
    at,
    quantity: 2,
    orderId,
    actor: `customer:${userId}`
  }),
  OrderRequest: {
    lines: [{ sku: "TEA-MINT", quantity: 2 }],
    shippingAddress,
    paymentMethod: { type: "card", token: "pm_card_visa" },
    metadata: { channel: "web" }
  },
  Order,
  PendingOrder,
  Orders: list("/v1/orders", Order),
  Timeline: { data: [{ ...placed, actor: `customer:${userId}` }] },
  Cancellation: { reason: "requested_by_customer" },
  CancellingOrder,
  CancelledOrder: { ...CancellingOrder, status: "cancelled", version: 11 },
  Shipping: { trackingNumber: "3SABC123456" },
  ShippedOrder: { ...Order, status: "shipped", version: 8 },
  Delivery: { deliveredAt: "2026-03-02T11:00:00Z" },
  DeliveredOrder: { ...Order, status: "delivered", version: 9 },
  StreamTicket: {
    ticket: "tkt_the-ticket",
    url: `/v1/orders/${orderId}/stream?ticket=tkt_the-ticket`,
    expiresAt: "2026-03-01T09:31:00.000Z"
  },
  OrderStream: `retry: 2000\n\nevent: order\nid: 1\ndata: ${JSON.stringify(update)}\n\n`,
  Payment,
  Payments: list("/v1/payments", ListedPayment),
  RefundRequest: { amount: eur(450), reason: "broken on arrival" },
  Refund,
  PendingRefund: { ...pendingRefund, status: "pending" },
  ReconciledPayment,
  Reconciliation: {
    data: [ReconciledPayment],
    totals: [{ payments: 1, captured: eur(900), refunded: eur(0), revenue: eur(900) }],
    next: 12
  },
  StripeEvent: {
    id: "evt_1",
    object: "event",
    type: "payment_intent.amount_capturable_updated",
    created: 1_772_357_400,
    data: { object: { id: "pi_1", object: "payment_intent", metadata: { order_id: orderId } } }
  },
  Received: { received: true },
  Journal: log(41, {
    position: 41,
    stream: streamId("order", orderId),
    version: 9,
    type: "OrderDelivered",
    schemaVersion: 1,
    payload: { deliveredAt: later, at: later },
    metadata: {
      commandId: "the-command",
      correlationId: orderId,
      causationId: "the-command",
      who: "admin"
    },
    recordedAt: later
  }),
  Ledger: log(11, {
    id: 11,
    orderId,
    kind: "capture",
    status: "succeeded",
    amount: eur(900),
    idempotencyKey: `${orderId}/capture`,
    at: later
  }),
  Users: list("/v1/users", User),
  RoleRequest: { role: "seller" },
  Seller: { ...User, role: "seller" },
  ApiKeyRequest: { name: "till", scopes: ["orders:read", "orders:all"] },
  ToldApiKey: { ...ApiKey, key: "sk_the-key-told-once" },
  RotatedApiKey: {
    ...ApiKey,
    previousGoodUntil: "2026-03-02T09:30:00.000Z",
    key: "sk_the-next-key-told-once"
  },
  RevokedApiKey: { ...ApiKey, revokedAt: later },
  ApiKeys: list("/v1/api-keys", ApiKey),
  Rotation: { overlapSeconds: 3_600 },
  SecurityEvents: log(3, {
    position: 3,
    type: "RoleSet",
    subject: userId,
    who: "admin",
    detail: { role: "seller" },
    at
  }),
  ...deskValues
} as const
