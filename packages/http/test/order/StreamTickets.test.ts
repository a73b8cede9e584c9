/** The validity of tickets. */
import { assert, it } from "@effect/vitest"
import { OrderId } from "@souk/domain/kernel/Ids"
import { AdminKey } from "@souk/http/auth/AdminKey"
import * as StreamTickets from "@souk/http/order/StreamTickets"
import { Effect, Layer, Redacted } from "effect"

const id = OrderId.make("ord_0000000000000001")

const ticketsOf = (adminKey: string) =>
  Effect.provide(
    StreamTickets.StreamTickets,
    Layer.provide(StreamTickets.layer, Layer.succeed(AdminKey, Redacted.make(adminKey)))
  )

it.effect("a ticket is valid for a minute, in every process of the shop", () =>
  Effect.gen(function* () {
    const { issue } = yield* ticketsOf("sk_one_admin_key")
    const { isValid } = yield* ticketsOf("sk_one_admin_key")
    const { isValid: isValidElsewhere } = yield* ticketsOf("sk_another_admin_key")
    const { expiresAtMs, text } = issue(id, 1_000_000)
    assert.strictEqual(expiresAtMs, 1_060_000)
    assert.isTrue(isValid(text, id, 1_059_999))
    assert.isFalse(isValid(text, id, 1_060_000))
    assert.isFalse(isValid(text, "ord_0000000000000002", 1_000_000))
    assert.isFalse(isValidElsewhere(text, id, 1_000_000))
  })
)

it.effect("nothing else is a ticket", () =>
  Effect.gen(function* () {
    const { isValid, issue } = yield* ticketsOf("sk_one_admin_key")
    const { text } = issue(id, 0)
    const [expires = "", signature = ""] = text.split(".")
    const forged = [
      "",
      ".",
      expires,
      `${Number(expires) + 1}.${signature}`,
      `0${text}`,
      `${text}=`,
      `${expires}.${signature.slice(1)}`,
      `${expires}.${"A".repeat(43)}`
    ]
    for (const one of forged) assert.isFalse(isValid(one, id, 0), one)
  })
)
