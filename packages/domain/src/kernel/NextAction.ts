/** What a customer has to do before their bank agrees, for the storefront to offer. */
import { Schema } from "effect"

/** What kind of thing it is. Only this much is written down and listed. */
export const ActionNeeded = Schema.Struct({ type: Schema.String })
export type ActionNeeded = typeof ActionNeeded.Type

/**
 * With what it takes to do it, for the storefront of this customer only: its holder may act for
 * them. The provider is asked for it each time, and it is never kept.
 */
export const NextAction = Schema.Struct({
  ...ActionNeeded.fields,
  clientSecret: Schema.optionalWith(Schema.String, { exact: true }),
  redirectUrl: Schema.optionalWith(Schema.String, { exact: true })
})
export type NextAction = typeof NextAction.Type

/** As the first journals have it: with an address, which is read and forgotten. */
export const RecordedAction = Schema.Struct({
  ...ActionNeeded.fields,
  redirectUrl: Schema.optionalWith(Schema.String, { exact: true })
})
export type RecordedAction = typeof RecordedAction.Type
