/** Admits holders of a ticket for this order, and callers that may see it. */
import { HttpRouter } from "@effect/platform"
import { Clock, Effect, Layer, Redacted } from "effect"
import { Authentication, Unauthorized } from "../auth/Authentication.ts"
import { StreamAccess } from "./StreamAccess.ts"
import { StreamTickets } from "./StreamTickets.ts"

export const layer: Layer.Layer<StreamAccess, never, Authentication | StreamTickets> = Layer.effect(
  StreamAccess,
  Effect.gen(function* () {
    const authentication = yield* Authentication
    const tickets = yield* StreamTickets
    return StreamAccess.of({
      ticket: (shown) =>
        Effect.gen(function* () {
          const { id = "" } = yield* HttpRouter.params
          const nowMs = yield* Clock.currentTimeMillis
          if (!tickets.isGood(Redacted.value(shown), id, nowMs)) return yield* new Unauthorized()
          return { caller: undefined }
        }),
      bearer: (token) => Effect.map(authentication.bearer(token), (caller) => ({ caller }))
    })
  })
)
