/** Counts authenticated callers by principal, and others by address. */
import { HttpRouter, HttpServerRequest } from "@effect/platform"
import { Effect, Layer } from "effect"
import { Authentication, type Caller } from "../auth/Authentication.ts"
import * as ClientAddress from "../edge/ClientAddress.ts"
import * as Routes from "../edge/Routes.ts"
import type { Policy } from "./Policies.ts"
import { RateLimitState, RateLimiter } from "./RateLimiter.ts"

type Route = Pick<HttpRouter.Route, "method" | "path">

/** Customers place few orders; a program that acts for a shop places those of all its customers. */
const policyOf = ({ principal }: Caller["Type"], route: Route): Policy =>
  Routes.of(route)?.rateLimit === "checkout" && principal.startsWith("customer:")
    ? "checkout"
    : "default"

/** The shop's own key is not limited: its holder can do worse than ask often. */
const isOwner = ({ principal }: Caller["Type"]): boolean => principal === "admin"

/** The same proof as before, metered. */
export const layer: Layer.Layer<Authentication, never, Authentication | RateLimiter> = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const { bearer } = yield* Authentication
    const quotas = yield* RateLimiter
    const proxies = yield* ClientAddress.TrustedProxies
    const charged = (policy: Policy, subject: string) =>
      Effect.flatMap(RateLimitState, (meter) => quotas.take(policy, subject, meter) ?? Effect.void)
    const metered = (caller: Caller["Type"]) =>
      isOwner(caller)
        ? Effect.succeed(caller)
        : Effect.flatMap(HttpRouter.RouteContext, ({ route }) =>
            Effect.as(charged(policyOf(caller, route), caller.principal), caller)
          )
    const stranger = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      charged("default", ClientAddress.of(request, proxies))
    )
    return Authentication.of({
      bearer: (token) =>
        bearer(token).pipe(
          Effect.tapErrorTag("Unauthorized", () => stranger),
          Effect.flatMap(metered)
        )
    })
  })
)
