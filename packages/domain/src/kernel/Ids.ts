/** Names of things. A leaf module: rooms refer to one another by id, and only by id. */
import { Schema } from "effect"

/** An order, and with it the payment and the shipment of that order: they share one id. */
export const OrderId = Schema.String.pipe(
  Schema.pattern(/^ord_[A-Za-z0-9]{16,40}$/),
  Schema.brand("OrderId")
)
export type OrderId = typeof OrderId.Type

/** Who has an account here. */
export const UserId = Schema.String.pipe(
  Schema.pattern(/^usr_[A-Za-z0-9_-]{16,40}$/),
  Schema.brand("UserId")
)
export type UserId = typeof UserId.Type

/** A key that a program shows instead of a person. */
export const ApiKeyId = Schema.String.pipe(
  Schema.pattern(/^key_[A-Za-z0-9_-]{16,40}$/),
  Schema.brand("ApiKeyId")
)
export type ApiKeyId = typeof ApiKeyId.Type

/** Who buys: an account of this shop, or a name the merchant uses for a customer without one. */
export const CustomerId = Schema.String.pipe(
  Schema.pattern(/^[A-Za-z0-9_-]{1,64}$/),
  Schema.brand("CustomerId")
)
export type CustomerId = typeof CustomerId.Type

/** What is sold, as the merchant writes it on the box. */
export const Sku = Schema.String.pipe(
  Schema.pattern(/^[A-Z0-9][A-Z0-9-]{0,63}$/),
  Schema.brand("Sku")
)
export type Sku = typeof Sku.Type

/**
 * One refund of one payment. Two longer than an order's: one that undoes an order carries its id.
 */
export const RefundId = Schema.String.pipe(
  Schema.pattern(/^re_[A-Za-z0-9]{16,42}$/),
  Schema.brand("RefundId")
)
export type RefundId = typeof RefundId.Type

/** One request to one actor. Repeating a request repeats its id, and changes nothing. */
export const CommandId = Schema.String.pipe(
  Schema.minLength(1),
  Schema.maxLength(200),
  Schema.brand("CommandId")
)
export type CommandId = typeof CommandId.Type
