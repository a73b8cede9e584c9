/** Whose objects a caller sees. Those of others are not there: not refused, but not found. */
import { CustomerId } from "@souk/domain/kernel/Ids"
import { Effect } from "effect"
import { type FieldError, InvalidRequest } from "../Problem.ts"
import { Caller } from "./Authentication.ts"

/** The one customer whose orders there are for this caller; nothing for whoever sees all. */
export const onlyCustomer: Effect.Effect<CustomerId | undefined, never, Caller> = Effect.map(
  Caller,
  ({ id, scopes, userId }) => (scopes.has("orders:all") ? undefined : CustomerId.make(userId ?? id))
)

/** The order, if it is one that the caller may know of. */
export const orNotFound = <A extends { readonly customerId: CustomerId }, E>(
  order: A,
  absent: () => E
): Effect.Effect<A, E, Caller> =>
  Effect.flatMap(onlyCustomer, (only) =>
    only === undefined || only === order.customerId ? Effect.succeed(order) : Effect.fail(absent())
  )

const invalidField = (where: Omit<FieldError, "detail">, detail: string) =>
  new InvalidRequest({ errors: [{ ...where, detail }] })

/** Whose orders to list: one's own, or for whoever sees all the `wished` ones. */
export const filter = (
  wished: CustomerId | undefined,
  where: Omit<FieldError, "detail">
): Effect.Effect<CustomerId | undefined, InvalidRequest, Caller> =>
  Effect.flatMap(onlyCustomer, (only) =>
    only === undefined || wished === undefined || wished === only
      ? Effect.succeed(only ?? wished)
      : invalidField(where, "must be your own, or be left out")
  )

/** For whom to order: oneself, or whomever somebody who acts for the shop names. */
export const customer = (
  named: CustomerId | undefined,
  where: Omit<FieldError, "detail">
): Effect.Effect<CustomerId, InvalidRequest, Caller> =>
  Effect.flatMap(filter(named, where), (customerId) =>
    customerId === undefined ? invalidField(where, "is missing") : Effect.succeed(customerId)
  )

/** How to tell a caller who did something: customers need not know the shop's people by name. */
export const actor: Effect.Effect<(who: string) => string, never, Caller> = Effect.gen(
  function* () {
    const only = yield* onlyCustomer
    const { principal: own } = yield* Caller
    return (who) =>
      only === undefined || who === own ? who : who.replace(/^(seller|admin|key):.*$/, "$1")
  }
)
