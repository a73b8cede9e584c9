/** Charges whoever has proven who they are; who has not is charged by where they come from. */
import { HttpRouter } from "@effect/platform"
import { Effect, Layer } from "effect"
import { Authentication, type Caller } from "../auth/Authentication.ts"
import * as ClientAddress from "../edge/ClientAddress.ts"
import type { Policy } from "./Policies.ts"
import { Quotas } from "./Quotas.ts"

/** Customers place few orders; a program that acts for a shop places those of all its customers. */
const policyOf = ({ who }: Caller["Type"]): Effect.Effect<Policy, never, HttpRouter.RouteContext> =>
  Effect.map(HttpRouter.RouteContext, ({ route }) =>
    route.method === "POST" && route.path === "/v1/orders" && who.startsWith("customer:")
      ? "checkout"
      : "default"
  )

/** The shop's own key is not limited: whoever holds it can do worse than ask often. */
const isOwner = ({ who }: Caller["Type"]): boolean => who === "admin"

/** The same proof as before, metered. */
export const layer: Layer.Layer<Authentication, never, Authentication | Quotas> = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const { bearer } = yield* Authentication
    const quotas = yield* Quotas
    const metered = (caller: Caller["Type"]) =>
      isOwner(caller)
        ? Effect.succeed(caller)
        : Effect.flatMap(policyOf(caller), (policy) =>
            Effect.as(quotas.charge(policy, caller.who), caller)
          )
    return Authentication.of({
      bearer: (token) =>
        bearer(token).pipe(
          Effect.tapErrorTag("Unauthorized", () =>
            Effect.flatMap(ClientAddress.client, (address) => quotas.charge("default", address))
          ),
          Effect.flatMap(metered)
        )
    })
  })
)
