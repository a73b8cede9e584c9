/**
 * Access to every path of the contract: by each role, and for paths of an order by its owner,
 * another customer, an anonymous caller and staff. New paths are tested without a change here.
 */
import { HttpApi, type HttpMethod } from "@effect/platform"
import { assert, describe, it as noPreconditions, layer } from "@effect/vitest"
import { type Role, scopesOf } from "@souk/domain/auth/Role"
import { Api } from "@souk/http/Api"
import { Access } from "@souk/http/auth/Access"
import { Authentication } from "@souk/http/auth/Authentication"
import { StreamAccess } from "@souk/http/order/StreamAccess"
import { Context, Effect, Option } from "effect"
import {
  type Answer,
  assertNothingWritten,
  newCustomer,
  newPerson,
  orderOf,
  post,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

interface Path {
  readonly name: string
  readonly method: HttpMethod.HttpMethod
  readonly path: string
  readonly access: Access["Type"] | undefined
  readonly isGuarded: boolean
}

const guards: ReadonlySet<string> = new Set([Authentication.key, StreamAccess.key])

const paths: Array<Path> = []

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint, mergedAnnotations, middleware }) =>
    paths.push({
      name: `${endpoint.method} ${endpoint.path}`,
      method: endpoint.method,
      path: endpoint.path,
      access: Option.getOrUndefined(Context.getOption(mergedAnnotations, Access)),
      isGuarded: [...middleware].some(({ key }) => guards.has(key))
    })
})

/** A valid body, for paths that need more than `{}`. */
const bodies: Readonly<Record<string, object>> = {
  "POST /v1/orders": orderOf(),
  "PUT /v1/products/:sku": { name: "Lamp", price: { amountMinor: 1_000, currency: "EUR" } },
  "POST /v1/inventory/:sku/receipts": { quantity: 1 },
  "POST /v1/inventory/:sku/adjustments": { delta: 1, reason: "counted" },
  "PUT /v1/inventory/:sku/reorder-point": { reorderPoint: 1 },
  "PUT /v1/users/:id/role": { role: "customer" },
  "POST /v1/dead-letters/replays": { source: "order_list" },
  "POST /v1/dead-letters/discards": { source: "order_list", note: "a test" },
  "POST /v1/api-keys": { name: "a key", scopes: ["orders:read"] },
  "POST /v1/payments/:orderId/refunds": { reason: "goodwill" }
}

const isReading = ({ method }: Path) => method === "GET"

let requests = 0

/** Requests a path of an order with this token and a new key. */
const ask = (path: Path, orderId: string, token: string | undefined) =>
  send(path.method, path.path.replace(":sku", "LAMP").replace(/:\w+/, orderId), {
    ...(token === undefined ? { isAnonymous: true } : { token }),
    ...(isReading(path) ? {} : { body: bodies[path.name] ?? {} }),
    headers: { "idempotency-key": `access ${++requests}`, prefer: "wait=5" }
  })

/** A body without the members that differ in every response. */
const told = ({ body, status }: Answer) => {
  const { instance: _, requestId: __, ...rest } = body
  return { status, ...rest }
}

const placed = Effect.fnUntraced(function* (token: string) {
  const { customerId: _, ...body } = orderOf()
  const headers = { "idempotency-key": `access ${++requests}` }
  const answer = yield* send("POST", "/v1/orders", { token, body, headers })
  assert.strictEqual(answer.status, 201, answer.text)
  return answer.body
})

describe("the contract", () => {
  noPreconditions.each(paths.map((path) => [path.name, path] as const))(
    "says who may %s",
    (_, path) => {
      assert.isDefined(path.access, "annotate the endpoint, or its group, with Access")
      assert.strictEqual(path.isGuarded, path.access !== "everyone")
    }
  )
})

const roles: ReadonlyArray<Role> = ["customer", "seller", "admin"]

layer(TestHttpApp.layer, { excludeTestServices: true })("a role", (it) => {
  for (const role of roles) {
    it.effect(`opens to a ${role} what it should, and nothing else`, () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        const { accessToken } = yield* newPerson(role)
        for (const path of paths) {
          const answer = yield* ask(path, "ord_00000000000000000000", accessToken)
          const { access = "everyone" } = path
          const isAllowed = access === "everyone" || scopesOf(role).has(access)
          const text = `${role}: ${path.name} said ${answer.status} ${answer.text.slice(0, 200)}`
          assert.strictEqual(answer.status === 403, !isAllowed, text)
          if (path.isGuarded) assert.notStrictEqual(answer.status, 401, text)
          if (!isAllowed) assert.strictEqual(answer.body.scope, access)
        }
      })
    )
  }

  it.effect("is required: without credentials every guarded path is refused without effect", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { accessToken } = yield* newCustomer()
      const { id } = yield* placed(accessToken)
      yield* assertNothingWritten(
        Effect.gen(function* () {
          for (const path of paths.filter(({ isGuarded }) => isGuarded)) {
            const answer = yield* ask(path, id, undefined)
            assert.strictEqual(answer.status, 401, `${path.name} ${answer.text}`)
            assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/)
          }
        })
      )
    })
  )
})

/** Paths by which a customer reaches an order, and might reach those of others. */
const personal = paths.filter(
  ({ access = "everyone", path }) =>
    access !== "everyone" && /\/:(?!sku\b)/.test(path) && scopesOf("customer").has(access)
)

layer(TestHttpApp.layer, { excludeTestServices: true })("another's order", (it) => {
  for (const path of personal) {
    it.effect(`is not there: ${path.name}`, () =>
      Effect.gen(function* () {
        yield* sell("LAMP")
        const [owner, other] = [yield* newCustomer(), yield* newCustomer()]
        const { id } = yield* placed(owner.accessToken)
        // A stream ends with its order.
        if (path.path.endsWith("/stream")) yield* post(`/v1/orders/${id}/cancellation`, {})
        yield* assertNothingWritten(
          Effect.gen(function* () {
            const absent = yield* ask(path, "ord_00000000000000000000", other.accessToken)
            const hidden = yield* ask(path, id, other.accessToken)
            assert.strictEqual(hidden.status, 404, hidden.text)
            assert.deepStrictEqual(told(hidden), told(absent))
            assert.deepStrictEqual(
              [...hidden.headers.keys()].toSorted(),
              [...absent.headers.keys()].toSorted()
            )
          })
        )
        const own = yield* ask(path, id, owner.accessToken)
        assert.include([200, 201], own.status, `${own.text} (an entry in bodies is missing?)`)
        const shops = yield* ask(path, id, TestHttpApp.adminKey)
        assert.include([200, 201], shops.status, shops.text)
      })
    )
  }

  it.effect("is not in the list, and cannot be filtered for", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const [owner, other] = [yield* newCustomer(), yield* newCustomer()]
      const { id } = yield* placed(owner.accessToken)
      const listed = (token: string, query = "") => send("GET", `/v1/orders${query}`, { token })
      const ids = (answer: Answer) => answer.body.data.map((order: { id: string }) => order.id)
      assert.deepStrictEqual(ids(yield* listed(owner.accessToken)), [id])
      assert.deepStrictEqual(ids(yield* listed(other.accessToken)), [])
      const byName = yield* listed(other.accessToken, `?customerId=${owner.user.id}`)
      const byNobody = yield* listed(other.accessToken, "?customerId=usr_0000000000000000")
      assert.strictEqual(byName.status, 400)
      assert.deepStrictEqual(told(byName), told(byNobody))
      const after = yield* listed(other.accessToken, `?startingAfter=${id}`)
      const afterNone = yield* listed(other.accessToken, "?startingAfter=ord_00000000000000000000")
      assert.strictEqual(after.status, 400, after.text)
      assert.strictEqual(afterNone.status, 400)
      const own = yield* listed(owner.accessToken, `?customerId=${owner.user.id}`)
      assert.deepStrictEqual(ids(own), [id])
    })
  )
})

layer(TestHttpApp.layer, { excludeTestServices: true })("a customer's order", (it) => {
  it.effect("belongs to the caller", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const [owner, other] = [yield* newCustomer(), yield* newCustomer()]
      const order = yield* placed(owner.accessToken)
      assert.strictEqual(order.customerId, owner.user.id)
      const forged = yield* assertNothingWritten(
        send("POST", "/v1/orders", {
          token: other.accessToken,
          body: orderOf({ customerId: owner.user.id }),
          headers: { "idempotency-key": "forged" }
        })
      )
      assert.strictEqual(forged.status, 400, forged.text)
      assert.strictEqual(forged.body.errors[0].pointer, "#/customerId")
      const timeline = yield* send("GET", `/v1/orders/${order.id}/timeline`, {
        token: owner.accessToken
      })
      assert.strictEqual(timeline.body.data[0].actor, `customer:${owner.user.id}`)
    })
  )

  it.effect("is identified by caller and key: the same key of two customers is two orders", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const [owner, other] = [yield* newCustomer(), yield* newCustomer()]
      const { customerId: _, ...body } = orderOf()
      const place = (token: string) =>
        send("POST", "/v1/orders", { token, body, headers: { "idempotency-key": "one key" } })
      const [one, two] = [yield* place(owner.accessToken), yield* place(other.accessToken)]
      assert.notStrictEqual(one.body.id, two.body.id)
      const repeat = yield* place(owner.accessToken)
      assert.strictEqual(repeat.text, one.text)
      assert.strictEqual(repeat.headers.get("idempotent-replayed"), "true")
      // The id of an order is derived from caller and key; other callers do not see the order.
      const peek = yield* send("GET", `/v1/orders/${one.body.id}`, { token: other.accessToken })
      assert.strictEqual(peek.status, 404)
    })
  )

  it.effect("is cancelled with the customer as actor; ids of staff are not shown", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { accessToken: token } = yield* newCustomer()
      const { id } = yield* placed(token)
      const seller = yield* newPerson("seller")
      const own = yield* placed(token)
      const reason = { reason: "requested_by_merchant" }
      const cancelled = yield* send("POST", `/v1/orders/${own.id}/cancellation`, {
        token,
        body: reason
      })
      assert.strictEqual(cancelled.body.cancellation.reason, "requested_by_customer")
      const shipped = yield* send("POST", `/v1/orders/${id}/shipment`, {
        token: seller.accessToken,
        body: {}
      })
      assert.strictEqual(shipped.status, 200, shipped.text)
      const actors = (answer: Answer) =>
        answer.body.data.map(({ actor }: { actor: string }) => actor)
      const timeline = `/v1/orders/${id}/timeline`
      assert.include(actors(yield* send("GET", timeline, { token })), "seller")
      assert.include(actors(yield* send("GET", timeline)), `seller:${seller.user.id}`)
    })
  )

  it.effect("is placed by staff for the customer that they must name", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { customerId: _, ...body } = orderOf()
      const nameless = yield* post("/v1/orders", body, { "idempotency-key": "nameless" })
      assert.strictEqual(nameless.status, 400)
      assert.strictEqual(nameless.body.errors[0].pointer, "#/customerId")
    })
  )
})
