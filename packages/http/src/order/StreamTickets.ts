/**
 * Tickets for the live stream of one order. A ticket stands in an address, where others may read it
 * along the way: so it opens this stream and nothing else, and only within a minute.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Context, Effect, Layer, Redacted } from "effect"
import { AdminKey } from "../auth/AdminKey.ts"

/** Within this a ticket opens a stream; the stream itself may last longer. */
const goodSeconds = 60

export interface Ticket {
  readonly text: string
  readonly expiresAtMs: number
}

export class StreamTickets extends Context.Tag("@souk/http/StreamTickets")<
  StreamTickets,
  {
    readonly issue: (orderId: OrderId, nowMs: number) => Ticket
    /** Whether this opens the stream of this order now; takes the same time whatever it is. */
    readonly isGood: (text: string, orderId: string, nowMs: number) => boolean
  }
>() {}

const pattern = /^(\d{1,12})\.([\w-]{43})$/

/** Every process of a shop has the same key, made from the admin key, that tells nothing of it. */
export const layer: Layer.Layer<StreamTickets, never, AdminKey> = Layer.effect(
  StreamTickets,
  Effect.map(AdminKey, (adminKey) => {
    const info = "souk order stream ticket"
    const key = Buffer.from(hkdfSync("sha256", Redacted.value(adminKey), "", info, 32))
    const sign = (orderId: string, expires: string): Buffer =>
      createHmac("sha256", key).update(`${expires}.${orderId}`).digest()
    return StreamTickets.of({
      issue: (orderId, nowMs) => {
        const expires = Math.floor(nowMs / 1_000) + goodSeconds
        const signature = sign(orderId, `${expires}`).toString("base64url")
        return { text: `${expires}.${signature}`, expiresAtMs: expires * 1_000 }
      },
      isGood: (text, orderId, nowMs) => {
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
