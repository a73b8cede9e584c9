/** The typed client against the real door: values in, values and errors out. */
import { FetchHttpClient } from "@effect/platform"
import { assert, layer } from "@effect/vitest"
import { OrderNotFound } from "@souk/domain/order/OrderCommand"
import { CustomerId, OrderId, Sku } from "@souk/domain/kernel/Ids"
import { PaymentNotCaptured } from "@souk/domain/payment/PaymentCommand"
import * as Client from "@souk/http/client"
import { InvalidRequest } from "@souk/http/Problem"
import { UnknownSku } from "@souk/http/order/OrderApi"
import { LoginOver } from "@souk/http/auth/AuthApi"
import { Forbidden, Unauthorized } from "@souk/http/auth/Authentication"
import { Effect, Redacted } from "effect"
import * as TestHttpApp from "./support/TestHttpApp.ts"
import { orderLamp } from "./support/ClientExample.ts"
import { address, sell } from "./support/Requests.ts"

const lamp = Sku.make("LAMP")

const orderFor = (sku: Sku, token = "pm_card_visa") => ({
  customerId: CustomerId.make("customer-1"),
  lines: [{ sku, quantity: 1 }] as const,
  shippingAddress: address,
  paymentMethod: { type: "card" as const, token }
})

layer(TestHttpApp.layer, { excludeTestServices: true })("the typed client", (it) => {
  const clientOf = (key: string) =>
    Effect.gen(function* () {
      const { url } = yield* TestHttpApp.TestHttpApp
      return yield* Client.make({ baseUrl: url, key: Redacted.make(key) })
    }).pipe(Effect.provide(FetchHttpClient.layer))

  it.effect("covers the whole contract", () =>
    Effect.gen(function* () {
      const souk = yield* clientOf(TestHttpApp.adminKey)
      const price = { amountMinor: 500, currency: "EUR" } as const
      yield* souk.products.put({ path: { sku: lamp }, payload: { name: "Lamp", price } })
      const stock = yield* souk.inventory.receive({
        path: { sku: lamp },
        headers: {},
        payload: { quantity: 3, reference: "PO-1" }
      })
      assert.strictEqual(stock.available, 3)
      const order = yield* souk.orders.place({
        headers: { "idempotency-key": '"an odd key"' },
        payload: orderFor(lamp)
      })
      assert.strictEqual(order.status, "confirmed")
      const { data } = yield* souk.orders.timeline({ path: { id: order.id } })
      assert.strictEqual(data.length, order.version)
      const listed = yield* souk.orders.list({
        urlParams: { limit: 5, status: "confirmed" },
        headers: {}
      })
      assert.deepStrictEqual(listed.data, [order])
      const payment = yield* souk.payments.get({ path: { orderId: order.id } })
      assert.strictEqual(payment.captured.amountMinor, 500)
      const refund = yield* souk.payments.refund({
        path: { orderId: order.id },
        headers: { "idempotency-key": "refund" },
        payload: { reason: "goodwill" }
      })
      assert.strictEqual(refund.status, "succeeded")
      const history = yield* souk.inventory.history({ path: { sku: lamp }, urlParams: {} })
      assert.strictEqual(history.data.length, 3)
      const journal = yield* souk.journal.read({ urlParams: { limit: 1000 } })
      assert.strictEqual(journal.data.at(-1)?.position, journal.next)
      assert.isTrue((yield* souk.health.ready()).checks.every(({ isOk }) => isOk))
    })
  )

  it.effect("works for a customer that registers, orders and refreshes its session", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const anonymous = yield* clientOf("anonymous")
      const password = Redacted.make("correct horse battery")
      const registered = yield* anonymous.auth.register({
        payload: { email: "typed@example.com", password, name: "Ada" }
      })
      const souk = yield* clientOf(Redacted.value(registered.accessToken))
      const { customerId: _, ...payload } = orderFor(lamp)
      const order = yield* souk.orders.place({ headers: { "idempotency-key": "typed" }, payload })
      assert.strictEqual(order.customerId, CustomerId.make(registered.user.id))
      const { refreshToken } = yield* anonymous.auth.refresh({
        payload: { refreshToken: registered.refreshToken }
      })
      yield* anonymous.auth.logout({ payload: { refreshToken } })
      const over = yield* Effect.flip(anonymous.auth.refresh({ payload: { refreshToken } }))
      assert.instanceOf(over, LoginOver)
      const forbidden = yield* Effect.flip(souk.journal.read({ urlParams: {} }))
      assert.instanceOf(forbidden, Forbidden)
      assert.strictEqual(forbidden.scope, "journal:read")
    })
  )

  it.effect("fails with the errors of the server, by class and with data", () =>
    Effect.gen(function* () {
      const souk = yield* clientOf(TestHttpApp.adminKey)
      const id = OrderId.make("ord_00000000000000000000")
      const missing = yield* Effect.flip(souk.orders.get({ path: { id }, headers: {} }))
      assert.instanceOf(missing, OrderNotFound)
      const unknown = yield* Effect.flip(
        souk.orders.place({
          headers: { "idempotency-key": "unknown" },
          payload: orderFor(Sku.make("NOPE"))
        })
      )
      assert.instanceOf(unknown, UnknownSku)
      assert.deepStrictEqual(unknown.skus, [Sku.make("NOPE")])
      const declined = yield* souk.orders.place({
        headers: { "idempotency-key": "declined" },
        payload: orderFor(lamp, "pm_card_chargeDeclined")
      })
      const refused = yield* Effect.flip(
        souk.payments.refund({
          path: { orderId: declined.id },
          headers: { "idempotency-key": "refused" },
          payload: { reason: "goodwill" }
        })
      )
      assert.instanceOf(refused, PaymentNotCaptured)
      assert.strictEqual(refused.status, "declined")
      const startingAfter = id
      const invalid = yield* Effect.flip(
        souk.orders.list({ urlParams: { startingAfter }, headers: {} })
      )
      assert.instanceOf(invalid, InvalidRequest)
      assert.strictEqual(invalid.errors[0]?.parameter, "startingAfter")
      const stranger = yield* clientOf("wrong")
      const unauthorized = yield* Effect.flip(stranger.orders.list({ urlParams: {}, headers: {} }))
      assert.instanceOf(unauthorized, Unauthorized)
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("the example of the typed client", (it) => {
  it.effect("is used as the documentation shows", () =>
    Effect.gen(function* () {
      const { url } = yield* TestHttpApp.TestHttpApp
      const key = Redacted.make(TestHttpApp.adminKey)
      assert.strictEqual(yield* orderLamp(url, key), "no LAMP here")
      yield* sell("LAMP", 1, { amountMinor: 1_250, currency: "EUR" })
      assert.strictEqual(yield* orderLamp(url, key), "order confirmed, 1250 EUR")
    })
  )
})
