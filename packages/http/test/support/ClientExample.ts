/** The example of docs/CLIENT.md. */
import { NodeHttpClient } from "@effect/platform-node"
import { CustomerId, Sku } from "@souk/domain/kernel/Ids"
import * as Client from "@souk/http/client"
import { Effect, type Redacted } from "effect"

/** Orders one lamp for a customer, and returns the outcome. */
export const orderLamp = (baseUrl: string, key: Redacted.Redacted) =>
  Effect.gen(function* () {
    const souk = yield* Client.make({ baseUrl, key })
    const order = yield* souk.orders.place({
      headers: { "idempotency-key": "one-lamp-for-ada" },
      payload: {
        customerId: CustomerId.make("ada"),
        lines: [{ sku: Sku.make("LAMP"), quantity: 1 }],
        shippingAddress: {
          name: "Ada",
          line1: "Street 1",
          city: "Utrecht",
          postalCode: "3511",
          country: "NL"
        },
        paymentMethod: { type: "card", token: "pm_card_visa" }
      }
    })
    return `order ${order.status}, ${order.total.amountMinor} ${order.total.currency}`
  }).pipe(
    Effect.catchTag("UnknownSku", ({ skus }) => Effect.succeed(`no ${skus.join(", ")} here`)),
    Effect.provide(NodeHttpClient.layerUndici)
  )
