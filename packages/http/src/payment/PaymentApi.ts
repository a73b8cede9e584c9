/** The contract of payments. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { AmountNotPayable } from "@souk/domain/kernel/Money"
import {
  PaymentNotCaptured,
  PaymentNotFound,
  RefundCurrencyMismatch,
  RefundExceedsCaptured,
  RefundOfNothing,
  RefundPayment,
  TooManyRefunds
} from "@souk/domain/payment/PaymentCommand"
import { PaymentSummary } from "@souk/domain/payment/PaymentSummary"
import { PaymentStatus, PaymentView, RefundView } from "@souk/domain/payment/PaymentView"
import { Schema } from "effect"
import { Examples, Location, Writes } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import * as ReadYourWrites from "../command/ReadYourWrites.ts"
import { body, list, listQuery, path, query, withStatus } from "../Contract.ts"
import { keyReused, preferWait, requiredKey } from "../command/RequestHeaders.ts"
import { problem } from "../Problem.ts"
import { eur, later, orderId, page, userId } from "../docs/ExampleShop.ts"

export const Payment = PaymentView.annotations({ identifier: "Payment" })
export const Refund = RefundView.annotations({ identifier: "Refund" })
export type Refund = typeof Refund.Type
export const ListedPayment = PaymentSummary.annotations({ identifier: "ListedPayment" })

const paymentPath = path({ orderId: OrderId }, () => new PaymentNotFound())

const paymentNotFound = problem(PaymentNotFound, { status: 404, title: "Payment not found" })

const pendingRefund = {
  id: "re_4bWq7Zr0d1sJ8kYh2XcT",
  status: "pending",
  amount: eur(450),
  reason: "broken on arrival",
  idempotencyKey: `${orderId}/refund/re_4bWq7Zr0d1sJ8kYh2XcT`,
  at: later
}

const refunded = { ...pendingRefund, status: "succeeded", reference: "sbx_12" }

const payment = {
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
  refunds: [refunded],
  mismatches: []
}

const listedPayment = {
  orderId,
  status: "captured",
  amount: eur(900),
  authorized: eur(900),
  captured: eur(900),
  refunded: eur(0),
  open: [],
  updatedAt: later
}

export const get = HttpApiEndpoint.get("get", "/v1/payments/:orderId")
  .annotate(Access, "orders:read")
  .annotate(OpenApi.Summary, "Get the payment of an order")
  .annotate(Examples, { response: { Payment: payment } })
  .setPath(paymentPath)
  .addSuccess(Payment)
  .addError(paymentNotFound)

export const listed = HttpApiEndpoint.get("list", "/v1/payments")
  .annotate(Access, "payments:read")
  .annotate(OpenApi.Summary, "List payments, newest first")
  .annotate(Examples, { response: { Payments: page("/v1/payments", listedPayment) } })
  .setUrlParams(query({ status: Schema.optional(PaymentStatus), ...listQuery(OrderId) }))
  .setHeaders(Schema.Struct(ReadYourWrites.after))
  .addSuccess(list(ListedPayment))
  .addError(ReadYourWrites.listBehind)

export const refund = HttpApiEndpoint.post("refund", "/v1/payments/:orderId/refunds")
  .annotate(Writes, true)
  .annotate(Access, "refunds:write")
  .annotate(Location, "/v1/payments/:id")
  .annotate(OpenApi.Summary, "Refund a payment in full or in part")
  .annotate(Examples, {
    request: { RefundRequest: { amount: eur(450), reason: "broken on arrival" } },
    response: { Refund: refunded },
    otherwise: { "202": { PendingRefund: pendingRefund } }
  })
  .setPath(paymentPath)
  .setHeaders(Schema.Struct({ ...requiredKey, ...preferWait }))
  .setPayload(body({ amount: RefundPayment.fields.amount, reason: RefundPayment.fields.reason }))
  .addSuccess(withStatus(Refund, 201))
  .addSuccess(withStatus(Refund, 202))
  .addError(paymentNotFound)
  .addError(
    problem(PaymentNotCaptured, {
      status: 409,
      title: "Payment not captured",
      rename: { status: "paymentStatus" }
    })
  )
  .addError(
    problem(RefundExceedsCaptured, {
      status: 422,
      title: "Refund exceeds captured amount",
      source: "#/amount"
    })
  )
  .addError(
    problem(RefundOfNothing, {
      status: 422,
      title: "Refund amount is zero",
      source: "#/amount/amountMinor"
    })
  )
  .addError(
    problem(RefundCurrencyMismatch, {
      status: 422,
      title: "Refund currency mismatch",
      source: "#/amount/currency"
    })
  )
  .addError(problem(TooManyRefunds, { status: 409, title: "Too many refunds" }))
  .addError(
    problem(AmountNotPayable, {
      status: 422,
      title: "Amount not refundable",
      source: "#/amount/amountMinor"
    })
  )
  .addError(keyReused)

export const PaymentApi = HttpApiGroup.make("payments")
  .add(get)
  .add(listed)
  .add(refund)
  .middleware(Authentication)
