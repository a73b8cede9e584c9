/** Whole objects as Stripe sends them, typed by its own package so that none lacks a field. */
import type { Stripe } from "stripe"

/** 21 November 2026. What Stripe writes as the time of everything here. */
const created = 1_795_219_200

/** What makes one payment intent different from the next. */
export type IntentTerms = Pick<Stripe.PaymentIntent, "id" | "amount" | "currency"> &
  Partial<Stripe.PaymentIntent>

export const paymentIntent = (terms: IntentTerms): Stripe.PaymentIntent => ({
  object: "payment_intent",
  allowed_payment_method_types: null,
  amount_capturable: 0,
  amount_details: { tip: {} },
  amount_received: 0,
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: { allow_redirects: "never", enabled: true },
  canceled_at: null,
  cancellation_reason: null,
  capture_method: "manual",
  client_secret: `${terms.id}_secret_standin`,
  confirmation_method: "automatic",
  created,
  customer: null,
  customer_account: null,
  description: null,
  excluded_payment_method_types: null,
  last_payment_error: null,
  latest_charge: null,
  livemode: false,
  managed_payments: { enabled: false },
  metadata: {},
  next_action: null,
  on_behalf_of: null,
  payment_method: null,
  payment_method_configuration_details: null,
  payment_method_options: null,
  payment_method_types: ["card"],
  payment_record: null,
  processing: null,
  receipt_email: null,
  review: null,
  setup_future_usage: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: "requires_confirmation",
  transfer_data: null,
  transfer_group: null,
  ...terms
})

export type RefundTerms = Pick<Stripe.Refund, "id" | "amount" | "currency"> & Partial<Stripe.Refund>

export const refund = (terms: RefundTerms): Stripe.Refund => ({
  object: "refund",
  balance_transaction: null,
  charge: null,
  created,
  customer: null,
  customer_account: null,
  destination_details: { card: { type: "reversal" }, type: "card" },
  metadata: {},
  payment_intent: null,
  payment_method: null,
  reason: null,
  receipt_number: null,
  source_transfer_reversal: null,
  status: "succeeded",
  transfer_reversal: null,
  ...terms
})

/** An event about an object. Its type is any word, because Stripe invents new ones. */
export type StandInEvent = Omit<Stripe.EventBase, "data" | "type"> & {
  readonly type: string
  readonly data: { readonly object: object }
}

export const event = (
  type: string,
  object: object,
  terms: Partial<StandInEvent> = {}
): StandInEvent => ({
  id: "evt_standin1",
  object: "event",
  api_version: "2026-10-28.endive",
  created,
  data: { object },
  livemode: false,
  pending_webhooks: 1,
  request: { id: "req_standin1", idempotency_key: null },
  type,
  ...terms
})

export interface SignedBody {
  readonly body: string
  readonly signature: string
}
