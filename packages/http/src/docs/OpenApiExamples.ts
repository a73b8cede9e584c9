/** One example for each body that is sent and each that comes back, by the operation. */
import * as Values from "./OpenApiExampleValues.ts"

type Name = keyof typeof Values.values

interface Shown {
  readonly request?: Name
  /** The body of every success that has one. */
  readonly response?: Name
  /** Instead of that, by status. */
  readonly otherwise?: Readonly<Record<string, Name>>
}

/** Whoever adds an operation adds its line here, and a test holds both to the schemas. */
const byOperation: Readonly<Record<string, Shown>> = {
  "health.live": { response: "Alive" },
  "health.ready": { response: "Ready" },
  "auth.register": { request: "Registration", response: "SignedIn" },
  "auth.login": { request: "Login", response: "SignedIn" },
  "auth.refresh": { request: "RefreshToken", response: "SignedIn" },
  "auth.logout": { request: "RefreshToken" },
  "auth.keys": { response: "VerificationKeys" },
  "products.put": { request: "ProductRequest", response: "Product" },
  "products.get": { response: "Product" },
  "products.list": { response: "Products" },
  "inventory.receive": { request: "Receipt", response: "Stock" },
  "inventory.adjust": { request: "Adjustment", response: "Stock" },
  "inventory.setReorderPoint": { request: "ReorderPoint", response: "Stock" },
  "inventory.get": { response: "Stock" },
  "inventory.history": { response: "StockHistory" },
  "stockVerification.one": { response: "VerifiedStock" },
  "stockVerification.page": { response: "VerifiedStocks" },
  "stockVerification.repair": { response: "RepairedStock" },
  "orders.place": {
    request: "OrderRequest",
    response: "Order",
    otherwise: { "202": "PendingOrder" }
  },
  "orders.get": { response: "Order" },
  "orders.list": { response: "Orders" },
  "orders.timeline": { response: "Timeline" },
  "orders.cancel": {
    request: "Cancellation",
    response: "CancelledOrder",
    otherwise: { "202": "CancellingOrder" }
  },
  "orders.ship": { request: "Shipping", response: "ShippedOrder" },
  "orders.deliver": { request: "Delivery", response: "DeliveredOrder" },
  "orderStreams.ticket": { request: "Nothing", response: "StreamTicket" },
  "orderStreams.stream": { response: "OrderStream" },
  "payments.get": { response: "Payment" },
  "payments.list": { response: "Payments" },
  "payments.refund": {
    request: "RefundRequest",
    response: "Refund",
    otherwise: { "202": "PendingRefund" }
  },
  "reconciliation.one": { response: "ReconciledPayment" },
  "reconciliation.page": { response: "Reconciliation" },
  "webhooks.stripe": { request: "StripeEvent", response: "Received" },
  "journal.read": { response: "Journal" },
  "journal.snapshots": { response: "Snapshots" },
  "sandbox.ledger": { response: "Ledger" },
  "users.list": { response: "Users" },
  "users.setRole": { request: "RoleRequest", response: "Seller" },
  "apiKeys.create": { request: "ApiKeyRequest", response: "ToldApiKey" },
  "apiKeys.list": { response: "ApiKeys" },
  "apiKeys.rotate": { request: "Rotation", response: "RotatedApiKey" },
  "apiKeys.revoke": { response: "RevokedApiKey" },
  "securityEvents.read": { response: "SecurityEvents" },
  "operations.reminders": { response: "Reminders" },
  "operations.resume": { response: "ResumedOrder" },
  "database.report": { response: "DatabaseReport" },
  "database.rebuild": { response: "Rebuild" }
}

/** The examples by name, as operations refer to them. */
export const components = Object.fromEntries(
  Object.entries(Values.values).map(([name, value]) => [name, { value }])
)

interface Body {
  readonly content?: Readonly<Record<string, object>>
}

const withExample = <B extends Body>(body: B, name: Name | undefined): B => {
  if (name === undefined || body.content === undefined) return body
  const examples = { [name]: { $ref: `#/components/examples/${name}` } }
  const content = Object.entries(body.content).map(([type, media]) => [
    type,
    { ...media, examples }
  ])
  return { ...body, content: Object.fromEntries(content) }
}

interface Operation<B extends Body> {
  readonly operationId: string
  readonly requestBody?: B
  readonly responses: Readonly<Record<string, B>>
}

/** The operation with its examples. */
export const shown = <B extends Body, O extends Operation<B>>(operation: O): O => {
  const { otherwise = {}, request, response } = byOperation[operation.operationId] ?? {}
  const { requestBody, responses } = operation
  const answers = Object.entries(responses).map(([status, answer]) => [
    status,
    Number(status) < 400 ? withExample(answer, otherwise[status] ?? response) : answer
  ])
  return {
    ...operation,
    ...(requestBody && { requestBody: withExample(requestBody, request) }),
    responses: Object.fromEntries(answers)
  }
}
