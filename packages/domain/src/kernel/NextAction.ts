/** What a customer has to do before their bank agrees, for the storefront to offer. */
import { Schema } from "effect"

export const NextAction = Schema.Struct({
  type: Schema.String,
  /** For the storefront of this customer only: whoever has it may act for them. */
  clientSecret: Schema.optionalWith(Schema.String, { exact: true }),
  redirectUrl: Schema.optionalWith(Schema.String, { exact: true })
})
export type NextAction = typeof NextAction.Type
