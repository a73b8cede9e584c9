/** The wishlist of one customer, as a list that is paged. */
import { Effect } from "effect"
import { newCustomer, send } from "../support/Requests.ts"

export const path = "/v1/wishlist"
export const idOf = "sku"
export const unknown = "NOT-LISTED"

const customer = { token: "" }

export const token = () => customer.token

export const more = Effect.fnUntraced(function* (n: number) {
  if (token() === "") customer.token = (yield* newCustomer()).accessToken
  yield* send("PUT", `${path}/LISTED-${n}`, { token: token(), body: {} })
})
