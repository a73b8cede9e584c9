/** Prints the URL of the server when it is ready, with an example request. */
import { HttpServer } from "@effect/platform"
import * as Demo from "@souk/actors/Demo"
import { SandboxWebhookTarget } from "@souk/actors/payment/SandboxWebhookSender"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { retry, type RetryPolicy } from "@souk/actors/runtime/RetrySchedule"
import { Console, Effect } from "effect"
import { isIPv6 } from "node:net"

const example = (url: string, keyFrom: string): string => `
Place an order (paste this into another terminal):

  curl -s ${url}/v1/orders \\
    -H "Authorization: Bearer ${keyFrom}" \\
    -H "Content-Type: application/json" \\
    -H "Idempotency-Key: first-order-$(date +%s)" \\
    -d '{
      "customerId": "ada",
      "lines": [{ "sku": "TEA-MINT", "quantity": 2 }, { "sku": "BOWL-OLIVE", "quantity": 1 }],
      "shippingAddress": { "name": "Ada", "line1": "Street 1", "city": "Utrecht",
        "postalCode": "3511", "country": "NL" },
      "paymentMethod": { "type": "card", "token": "pm_card_visa" }
    }'
`

/** The platform reports 0.0.0.0 for the unspecified address of IPv6 as well. */
export const urlOf = (
  configured: string,
  { hostname, port }: { readonly hostname: string; readonly port: number }
): string => {
  const host = configured === "::" ? configured : hostname
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/** How long the demo catalogue is tried again while Postgres is away. */
const demoRetries: RetryPolicy = { firstMs: 500, factor: 2, maxMs: 5_000, upToMs: 600_000 }

/**
 * Whether the demo catalogue was created. The server is serving by then, so that a lost database
 * must not end it: the commands are repeated under their ids, and the next start completes them.
 */
export const withRetries = <E, R>(ensure: Effect.Effect<boolean, E, R>) =>
  Effect.catchAll(retry(ensure, demoRetries), (error) =>
    Effect.as(
      Effect.logWarning("The demo catalogue is incomplete; the next start completes it", error),
      false
    )
  )

/** Creates the demo catalogue on the first start, and prints the banner. */
export const print = (keyFrom: string) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const host = yield* Configuration.host
    const url = address._tag === "TcpAddress" ? urlOf(host, address) : address.path
    yield* (yield* SandboxWebhookTarget).aim(`${url}/v1/webhooks/stripe`)
    if (yield* withRetries(Demo.ensure)) {
      yield* Console.log("Put up a demo catalogue with stock: this is the first start.")
    }
    yield* Console.log(`Souk listens on ${url} (reference: ${url}/docs)`)
    yield* Console.log(example(url, keyFrom))
  })
