/** The contract of reconciliation: our payments held against the provider's own book. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { PaymentNotFound } from "@souk/domain/payment/PaymentCommand"
import { PaymentDifference } from "@souk/domain/payment/PaymentReconciliation"
import { CurrencyTotal } from "@souk/domain/payment/PaymentSummary"
import { PaymentStatus } from "@souk/domain/payment/PaymentView"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { logQuery, path, query } from "../Contract.ts"
import { problem } from "../Problem.ts"
import { eur, orderId, rows } from "../docs/ExampleShop.ts"

/** Maximum payments of one request: each takes a request to the provider. */
export const rowsMax = 32
export const rowsDefault = 16

/** A payment and its differences from the provider. */
export const Reconciled = Schema.Struct({
  orderId: OrderId,
  status: PaymentStatus,
  /** Number of keys that were looked up at the provider. */
  checked: Schema.Int,
  /** Whether an operation at the provider is still pending. */
  isOpen: Schema.Boolean,
  differences: Schema.Array(PaymentDifference.annotations({ identifier: "PaymentDifference" }))
}).annotations({ identifier: "ReconciledPayment" })
export type Reconciled = typeof Reconciled.Type

/**
 * One page of payments, in the order in which they began. `totals` are of all payments, and some
 * moments old; `next` is the `after` of the following page, and null when there was no row.
 */
export const Reconciliation = Schema.Struct({
  data: Schema.Array(Reconciled),
  totals: Schema.Array(CurrencyTotal.annotations({ identifier: "CurrencyTotal" })),
  next: Schema.NullOr(Schema.Int)
}).annotations({ identifier: "Reconciliation" })
export type Reconciliation = typeof Reconciliation.Type

const reconciled = { orderId, status: "captured", checked: 2, isOpen: false, differences: [] }

const one = HttpApiEndpoint.post("one", "/v1/payments/:orderId/reconciliation")
  .annotate(OpenApi.Summary, "Reconcile a payment with the provider")
  .annotate(Examples, { response: { ReconciledPayment: reconciled } })
  .setPath(path({ orderId: OrderId }, () => new PaymentNotFound()))
  .addSuccess(Reconciled)
  .addError(problem(PaymentNotFound, { status: 404, title: "Payment not found" }))

const page = HttpApiEndpoint.post("page", "/v1/payments/reconciliation")
  .annotate(OpenApi.Summary, "Reconcile overdue payments, or all payments")
  .annotate(Examples, {
    response: {
      Reconciliation: {
        ...rows(12, reconciled),
        totals: [{ payments: 1, captured: eur(900), refunded: eur(0), revenue: eur(900) }]
      }
    }
  })
  .setUrlParams(
    query({
      ...logQuery(rowsMax),
      scope: Schema.optional(Schema.Literal("overdue", "all"))
    })
  )
  .addSuccess(Reconciliation)

export const ReconciliationApi = HttpApiGroup.make("reconciliation")
  .annotate(Access, "payments:read")
  .add(one)
  .add(page)
  .middleware(Authentication)
