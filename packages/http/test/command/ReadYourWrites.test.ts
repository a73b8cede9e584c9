/** A list shows what its caller has just written, or refuses the request. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { ListBehind, RecentWrites } from "@souk/http/command/ReadYourWrites"
import { waits } from "../support/Operating.ts"
import {
  assertProblem,
  get,
  newCustomer,
  orderOf,
  place,
  post,
  put,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const position = ({ headers }: { readonly headers: Headers }) => headers.get("souk-position") ?? ""

/** What lists wait for while `effect` runs. */
const waited = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.zipRight(
    Effect.sync(() => void (waits.asked = [])),
    Effect.map(effect, (answer) => [answer, waits.asked] as const)
  )

const inVain = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => void (waits.areInVain = true)),
    () => effect,
    () => Effect.sync(() => void (waits.areInVain = false))
  )

layer(TestHttpApp.layer, { excludeTestServices: true })("read your writes", (it) => {
  it.effect("a command returns a position, and a list waits for it", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const placed = yield* place("waited for")
      const { id, version } = placed.body
      assert.strictEqual(position(placed), `j00-order-${id}-${version}`)
      const headers = { "souk-after": position(placed) }
      const [listed, asked] = yield* waited(get("/v1/orders", { headers }))
      assert.strictEqual(listed.status, 200)
      const written = [[`order-${id}`, version]]
      assert.deepStrictEqual(asked, [{ name: "order_list", written }])
      const set = yield* put("/v1/products/LAMP", {
        name: "Lamp",
        price: { amountMinor: 1, currency: "EUR" }
      })
      const both = { "souk-after": `${position(set)}.${position(placed)}` }
      const [, more] = yield* waited(
        send("GET", "/v1/products", { headers: both, isAnonymous: true })
      )
      assert.deepStrictEqual(more, [
        { name: "product_list", written: [["catalog-LAMP", 2], ...written] }
      ])
    })
  )

  it.effect("without the header a list waits for the writes of its caller only", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const [ada, bob] = [yield* newCustomer(), yield* newCustomer()]
      const { customerId: _, ...body } = orderOf()
      const token = ada.accessToken
      const headers = { "idempotency-key": "mine" }
      const placed = yield* send("POST", "/v1/orders", { token, body, headers })
      const { id, version } = placed.body
      const [own, asked] = yield* waited(get("/v1/orders", { token }))
      assert.strictEqual(own.body.data[0].id, id)
      assert.deepStrictEqual(asked, [{ name: "order_list", written: [[`order-${id}`, version]] }])
      assert.deepStrictEqual((yield* waited(get("/v1/orders", { token: bob.accessToken })))[1], [])
      const anonymous = send("GET", "/v1/products", { isAnonymous: true })
      assert.deepStrictEqual((yield* waited(anonymous))[1], [])
      // It is not refused because it is late: it did not ask for more than there is.
      assert.strictEqual((yield* inVain(get("/v1/orders", { token }))).status, 200)
    })
  )

  it.effect("a list that does not reach the position in time is refused", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const headers = { "souk-after": position(yield* place("late")) }
      for (const path of ["/v1/orders", "/v1/payments", "/v1/products"]) {
        const late = yield* inVain(get(path, { headers }))
        assertProblem(late, 503, "list_behind")
        assert.strictEqual(late.body.detail, new ListBehind().message)
        assert.strictEqual(late.headers.get("retry-after"), "1")
      }
    })
  )

  it.effect("malformed positions are refused, and every command returns a position", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const wrong = ["", "j00", "j00-order-1-0", "j01-order-1-1", "48211", "j00-a b-1"]
      const many = Array.from({ length: 9 }, () => "j00-order-1-1").join(".")
      for (const after of [...wrong, many, `j00-${"x".repeat(200)}-1`]) {
        const refused = yield* get("/v1/orders", { headers: { "souk-after": after } })
        assertProblem(refused, 400, "invalid_request")
      }
      const received = yield* post("/v1/inventory/LAMP/receipts", { quantity: 1 })
      assert.match(position(received), /^j00-inventory-LAMP-\d+$/)
      const { body } = yield* place("to refund")
      const key = { "idempotency-key": "a refund" }
      const refund = yield* post(`/v1/payments/${body.id}/refunds`, { reason: "late" }, key)
      assert.match(position(refund), new RegExp(`^j00-payment-${body.id}-\\d+$`))
    })
  )

  it.effect("remembers writes for some seconds, within its limits", () =>
    Effect.gen(function* () {
      const writes = yield* RecentWrites
      for (let n = 0; n < 20; n++) writes.add("ada", { stream: `order-${n}`, version: 1 }, 1_000)
      const versions = writes.of("ada", 1_000).map(({ stream }) => stream)
      assert.deepStrictEqual(
        versions,
        [12, 13, 14, 15, 16, 17, 18, 19].map((n) => `order-${n}`)
      )
      writes.add("ada", { stream: "order-19", version: 2 }, 2_000)
      assert.strictEqual(writes.of("ada", 2_000).length, 8)
      assert.deepInclude(writes.of("ada", 6_500)[0], { stream: "order-19", version: 2 })
      assert.strictEqual(writes.of("ada", 6_500).length, 1)
      assert.deepStrictEqual(writes.of("ada", 7_000), [])
      for (let n = 0; n < 10_000; n++) writes.add(`c${n}`, { stream: "order-1", version: 1 }, 2_000)
      assert.deepStrictEqual(writes.of("ada", 2_000), [])
      assert.strictEqual(writes.of("c9999", 2_000).length, 1)
    })
  )
})
