/**
 * Tickets for the stream of one order, and the middleware that admits their holders. A ticket is
 * part of a URL, which proxies log: so it is valid for one stream and for one minute.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import { HttpRouter } from "@effect/platform"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { AdminKey } from "../auth/AdminKey.ts"
import { Authentication, Unauthorized } from "../auth/Authentication.ts"
import { StreamAccess } from "./StreamAccess.ts"

/** How long a ticket opens a stream; the stream itself may last longer. */
const validSeconds = 60

export interface Ticket {
  readonly text: string
  readonly expiresAtMs: number
}

export class StreamTickets extends Context.Tag("@souk/http/StreamTickets")<
  StreamTickets,
  {
    readonly issue: (orderId: OrderId, nowMs: number) => Ticket
    /** Whether a ticket opens the stream of an order now. Compares in constant time. */
    readonly isValid: (text: string, orderId: string, nowMs: number) => boolean
  }
>() {}

const pattern = /^(\d{1,12})\.([\w-]{43})$/

/** The key is derived from the admin key, so that it is the same in every process of a shop. */
export const layer: Layer.Layer<StreamTickets, never, AdminKey> = Layer.effect(
  StreamTickets,
  Effect.map(AdminKey, (adminKey) => {
    const info = "souk order stream ticket"
    const key = Buffer.from(hkdfSync("sha256", Redacted.value(adminKey), "", info, 32))
    const sign = (orderId: string, expires: string): Buffer =>
      createHmac("sha256", key).update(`${expires}.${orderId}`).digest()
    return StreamTickets.of({
      issue: (orderId, nowMs) => {
        const expires = Math.floor(nowMs / 1_000) + validSeconds
        const signature = sign(orderId, `${expires}`).toString("base64url")
        return { text: `${expires}.${signature}`, expiresAtMs: expires * 1_000 }
      },
      isValid: (text, orderId, nowMs) => {
        const [, expires = "", signature = ""] = pattern.exec(text) ?? []
        const given = Buffer.from(signature, "base64url")
        const expected = sign(orderId, expires)
        return (
          given.length === expected.length &&
          timingSafeEqual(given, expected) &&
          Number(expires) * 1_000 > nowMs
        )
      }
    })
  })
)

/** Admits holders of a ticket for the order in the path, and authenticated callers. */
export const layerAccess: Layer.Layer<StreamAccess, never, Authentication | StreamTickets> =
  Layer.effect(
    StreamAccess,
    Effect.gen(function* () {
      const authentication = yield* Authentication
      const tickets = yield* StreamTickets
      return StreamAccess.of({
        ticket: (shown) =>
          Effect.gen(function* () {
            const { id = "" } = yield* HttpRouter.params
            const nowMs = yield* Clock.currentTimeMillis
            if (!tickets.isValid(Redacted.value(shown), id, nowMs)) return yield* new Unauthorized()
            return { caller: undefined }
          }),
        bearer: (token) => Effect.map(authentication.bearer(token), (caller) => ({ caller }))
      })
    })
  )
