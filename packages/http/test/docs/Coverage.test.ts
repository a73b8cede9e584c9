/** Every answer that the OpenAPI document promises is really given: `Contract` checks each one. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { seen } from "../support/Contract.ts"
import { addLetter } from "../support/Operating.ts"
import { open } from "../support/EventStreams.ts"
import { type Operation, type Place, places, resolved } from "../support/OpenApiDocument.ts"
import {
  get,
  newCustomer,
  newEmail,
  orderOf,
  password,
  place,
  post,
  put,
  sell,
  send
} from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

/** What a healthy shop does not say: `Trouble`, `Quotas` and `Socket` make it say these. */
const elsewhere = /^(408|429|431|500|503)$/

/** What takes a provider's signature, or two headers where one must be; and who asks for it. */
const isOthers = (status: string, operation: Operation): boolean => {
  const { operationId, parameters, requestBody } = operation
  if (operationId === "webhooks.stripe" && status === "200") return true
  const isMistakable = requestBody !== undefined || parameters.some((it) => it.in === "query")
  return status === "400" && !isMistakable
}

/** Where an operation is asked for something that is not there. */
const urlOf = ({ operation, path }: Place): string => {
  const [room = ""] = operation.operationId.split(".")
  const ids = new Map([
    ["users", "usr_00000000000000000000"],
    ["apiKeys", "key_00000000000000000000"],
    ["deadLetters", "dl_404404"]
  ])
  const isNew = operation.operationId === "products.put"
  return path
    .replace("{sku}", isNew ? "NEWLY-LISTED" : "NOT-LISTED")
    .replace(/\{\w+\}/, ids.get(room) ?? "ord_00000000000000000000")
}

/** The body that the document shows for an operation. */
const exampleOf = ({ requestBody }: Operation): unknown => {
  const [media] = Object.values(requestBody?.content ?? {})
  const [example] = Object.values(media?.examples ?? {})
  const told = example && resolved(example)
  return told !== undefined && "value" in told ? told.value : undefined
}

const key = (text: string) => ({ "idempotency-key": text })

/** Asks every operation in every way that it must refuse. */
const refusals = Effect.forEach(places, (at) => {
  const method = at.method.toUpperCase()
  const { operation } = at
  const url = urlOf(at)
  const body = exampleOf(operation)
  const headers = key(`refusal of ${operation.operationId}`)
  const hasBody = operation.requestBody !== undefined
  return Effect.gen(function* () {
    yield* send(method, `${url}?x=${"x".repeat(8_000)}`, { body })
    yield* send(method, url, { body, headers: { ...headers, accept: "image/png" } })
    yield* send(method, url, { body, headers, isAnonymous: true })
    yield* send(method, url, { body, headers })
    yield* send(method, `${url}?unknown=1`, { body, headers })
    if (!hasBody) return
    yield* send(method, url, { body: "{", headers })
    yield* send(method, url, { body, headers: { ...headers, "content-type": "text/plain" } })
    yield* send(method, url, { body: " ".repeat(300_000), headers })
  })
})

const forbidden = Effect.gen(function* () {
  const { body } = yield* post("/v1/api-keys", { name: "feeble", scopes: ["products:write"] })
  const { accessToken } = yield* newCustomer()
  const isOfProducts = ({ operation }: Place) => operation.operationId.startsWith("products.")
  yield* Effect.forEach(places, (at) => {
    const token = isOfProducts(at) ? accessToken : body.key
    const headers = key(`forbidden ${at.operation.operationId}`)
    const options = { body: exampleOf(at.operation), headers, token }
    return send(at.method.toUpperCase(), urlOf(at), options)
  })
})

/** Asks every operation twice as a customer: for the product of the examples, and for others. */
const ofCustomers = Effect.gen(function* () {
  const { accessToken: token } = yield* newCustomer()
  const ownPlaces = places.filter(({ path }) => path.startsWith("/v1/") && !path.includes("/auth/"))
  for (const sku of ["TEA-MINT", "NOT-LISTED", "no-sku"]) {
    yield* Effect.forEach(ownPlaces, (at) => {
      const { method, operation, path } = at
      const url = urlOf({ ...at, path: path.replace("{sku}", sku) })
      const headers = key(`${operation.operationId} ${sku}`)
      const asked = send(method.toUpperCase(), url, { body: exampleOf(operation), headers, token })
      return Effect.zipRight(asked, asked)
    })
  }
})

const ofAccounts = Effect.gen(function* () {
  const email = newEmail()
  const { refreshToken, user } = yield* newCustomer(email)
  const anonymous = (path: string, body: object) =>
    send("POST", `/v1/auth/${path}`, { isAnonymous: true, body })
  yield* anonymous("register", { email, password, name: "Ada" })
  yield* anonymous("login", { email, password })
  yield* anonymous("login", { email, password: "another password" })
  const next = yield* anonymous("refresh", { refreshToken })
  yield* anonymous("refresh", { refreshToken: "rt_unknown" })
  yield* anonymous("logout", { refreshToken: next.body.refreshToken })
  yield* put(`/v1/users/${user.id}/role`, { role: "seller" })
  const { body } = yield* post("/v1/api-keys", { name: "till", scopes: ["orders:read"] })
  yield* post("/v1/api-keys", { name: "master", scopes: ["keys:write"] })
  yield* post(`/v1/api-keys/${body.id}/rotation`, {})
  for (const name of ["one", "two"]) {
    const body = { name, scopes: ["orders:read"] }
    yield* send("POST", "/v1/api-keys", { headers: key("a key"), body })
  }
  for (const overlapSeconds of [1, 2]) {
    const request = { headers: key("a rotation"), body: { overlapSeconds } }
    yield* send("POST", `/v1/api-keys/${body.id}/rotation`, request)
  }
  yield* send("DELETE", `/v1/api-keys/${body.id}`)
  const logs = ["users", "api-keys", "security-events", "journal", "sandbox/ledger", "reminders"]
  yield* Effect.forEach(logs, (path) => get(`/v1/${path}`))
  yield* Effect.forEach(["/healthz", "/readyz", "/.well-known/jwks.json"], (path) => get(path))
})

const ofStock = Effect.gen(function* () {
  yield* sell("TEA-MINT")
  const stock = "/v1/inventory/TEA-MINT"
  const stale = { "if-match": '"999"' }
  yield* post(`${stock}/receipts`, { quantity: 1 }, key("receipt"))
  yield* post(`${stock}/receipts`, { quantity: 1 }, key("receipt"))
  yield* post(`${stock}/receipts`, { quantity: 2 }, key("receipt"))
  yield* post(`${stock}/receipts`, { quantity: 1 }, stale)
  yield* post(`${stock}/adjustments`, { delta: 1, reason: "counted" }, key("adjustment"))
  yield* post(`${stock}/adjustments`, { delta: 2, reason: "counted" }, key("adjustment"))
  yield* post(`${stock}/adjustments`, { delta: 1, reason: "counted" }, stale)
  yield* post(`${stock}/adjustments`, { delta: -1_000, reason: "counted" })
  const reorder = { reorderPoint: 10, reorderQuantity: 50 }
  yield* put(`${stock}/reorder-point`, reorder)
  yield* send("PUT", `${stock}/reorder-point`, { body: reorder, headers: stale })
  yield* Effect.forEach(["", "/history", "/verification"], (path) => get(stock + path))
  yield* post(`${stock}/repair`, undefined)
  yield* post("/v1/read-models/product_list/rebuild", undefined)
  const { id } = addLetter()
  yield* get(`/v1/dead-letters/${id}`)
  yield* post("/v1/dead-letters/replays", { ids: [id] })
  yield* put("/v1/products/TEA-MINT", { name: "Mint", price: { amountMinor: 1, currency: "EUR" } })
  yield* Effect.forEach(["products/TEA-MINT", "products"], (path) => get(`/v1/${path}`))
})

const ofOrders = Effect.gen(function* () {
  yield* sell("LAMP")
  const { body } = yield* place("first")
  const order = `/v1/orders/${body.id}`
  const reason = { reason: "goodwill" }
  const payment = `/v1/payments/${body.id}`
  yield* place("first", orderOf({ lines: [{ sku: "LAMP", quantity: 2 }] }))
  const slow = yield* place("slow", orderOf({ token: "pm_souk_slow" }), { prefer: "wait=0" })
  yield* post(`/v1/orders/${slow.body.id}/shipment`, {})
  yield* post(`/v1/orders/${slow.body.id}/cancellation`, {}, { prefer: "wait=0" })
  yield* get(order)
  yield* get(order, { headers: { "if-none-match": `"${body.version}"` } })
  yield* Effect.forEach(["", "/timeline"], (path) => get(order + path))
  yield* get("/v1/orders")
  yield* post(`${order}/resume`, {})
  yield* post(`${order}/stream-tickets`, {})
  yield* Effect.scoped(open(`${order}/stream`, { authorization: `Bearer ${TestHttpApp.adminKey}` }))
  yield* post(`${order}/delivery`, delivered)
  yield* post(`${order}/delivery`, {})
  yield* Effect.forEach(["shipment", "delivery", "cancellation"], (step) =>
    post(`${order}/${step}`, {}, { "if-match": '"999"' })
  )
  yield* Effect.forEach(["shipment", "delivery"], (step) =>
    Effect.zip(
      post(`${order}/${step}`, {}, key(step)),
      post(`${order}/${step}`, step === "shipment" ? { trackingNumber: "1" } : delivered, key(step))
    )
  )
  yield* post(`${order}/cancellation`, {})
  const { body: last } = yield* get(order)
  yield* get(`${order}/stream`, { headers: { "last-event-id": `${last.version}` } })
  yield* Effect.forEach(["", "s"], () => get(payment))
  yield* get("/v1/payments")
  yield* post(`${payment}/refunds`, reason, key("refund"))
  yield* post(`${payment}/refunds`, { reason: "another" }, key("refund"))
  yield* post(`${payment}/reconciliation`, {})
  yield* post("/v1/payments/reconciliation", undefined)
  const second = yield* place("second")
  const cancellation = `/v1/orders/${second.body.id}/cancellation`
  yield* post(cancellation, {}, key("cancel"))
  yield* post(cancellation, reason, key("cancel"))
  const declined = yield* place("declined", orderOf({ token: "pm_card_chargeDeclined" }))
  yield* post(`/v1/payments/${declined.body.id}/refunds`, reason, key("of nothing"))
  const paid = yield* place("paid", orderOf({ token: "pm_souk_slow" }), { prefer: "wait=30" })
  const unhurried = { ...key("slowly"), prefer: "wait=0" }
  yield* post(`/v1/payments/${paid.body.id}/refunds`, reason, unhurried)
})

const delivered = { deliveredAt: "2024-02-29T00:00:00Z" }

layer(TestHttpApp.layer, { excludeTestServices: true })("the responses in the document", (it) => {
  it.effect(
    "are all covered by a request",
    () =>
      Effect.gen(function* () {
        seen.clear()
        yield* refusals
        yield* forbidden
        yield* ofAccounts
        yield* ofStock
        yield* ofCustomers
        yield* ofOrders
        const open = places.flatMap(({ operation }) =>
          Object.keys(operation.responses)
            .filter((status) => !elsewhere.test(status) && !isOthers(status, operation))
            .map((status) => `${operation.operationId} ${status}`)
            .filter((promise) => !seen.has(promise))
        )
        assert.deepStrictEqual(open, [])
      }),
    60_000
  )
})
