/** Requests as any HTTP client sends them, without the types of the contract. */
import { Accounts } from "@souk/actors/auth/Accounts"
import { Journal } from "@souk/actors/journal/Journal"
import type { Role } from "@souk/domain/auth/Role"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { breaches } from "./Contract.ts"
import { adminKey, TestHttpApp } from "./TestHttpApp.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Tests look into whatever comes, as a client in another language would.
  // oxlint-disable-next-line no-explicit-any
  readonly body: any
  readonly text: string
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  /** A value is sent as JSON, a text or bytes as they are. */
  readonly body?: unknown
  /** Sends no credential. */
  readonly isAnonymous?: boolean
  /** Sends this one instead of the admin key. */
  readonly token?: string
}

const encoded = (body: unknown): string | Uint8Array | null => {
  if (body === undefined) return null
  return typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body)
}

export const send = (method: string, path: string, sending: Sending = {}) =>
  Effect.gen(function* () {
    const { url } = yield* TestHttpApp
    const { body, headers = {}, isAnonymous = false, token = adminKey } = sending
    return yield* Effect.promise(async (signal): Promise<Answer> => {
      const response = await fetch(url + path, {
        method,
        signal,
        redirect: "manual",
        headers: {
          ...(isAnonymous ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers
        },
        body: encoded(body)
      })
      const text = await response.text()
      const { headers: given, status } = response
      const breached = breaches({ method, url: path, status, headers: given, text })
      assert.deepStrictEqual(breached, [], "the document promises something else")
      const isJson = given.get("content-type")?.includes("json") ?? false
      const parsed: unknown = isJson && text !== "" ? JSON.parse(text) : undefined
      return { status, headers: given, body: parsed, text }
    })
  })

export const get = (path: string, sending?: Sending) => send("GET", path, sending)
export const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  send("POST", path, { body, headers })
export const put = (path: string, body: unknown) => send("PUT", path, { body })

let people = 0

/** A unique email address. */
export const newEmail = (): string => `person-${++people}@example.com`

export const password = "correct horse battery"

/** A new customer, logged in: `{user, accessToken, refreshToken, expiresInSeconds}`. */
export const newCustomer = Effect.fnUntraced(function* (email: string = newEmail()) {
  const body = { email, password, name: "Ada" }
  const answer = yield* send("POST", "/v1/auth/register", { isAnonymous: true, body })
  assert.strictEqual(answer.status, 201, answer.text)
  return answer.body
})

/** A logged-in user with another role. */
export const newPerson = Effect.fnUntraced(function* (role: Role) {
  const { user } = yield* newCustomer()
  const accounts = yield* Accounts
  yield* accounts.setRole(user.id, role, "test")
  const body = { email: user.email, password }
  return (yield* send("POST", "/v1/auth/login", { isAnonymous: true, body })).body
})

export const address = {
  name: "Ada",
  line1: "Street 1",
  city: "Utrecht",
  postalCode: "3511",
  country: "NL"
}

export interface Wish {
  readonly lines?: ReadonlyArray<object>
  readonly token?: string
  readonly country?: string
  readonly customerId?: string
}

/** The body of an order; by default one lamp. */
export const orderOf = (wish: Wish = {}) => ({
  customerId: wish.customerId ?? "customer-1",
  lines: wish.lines ?? [{ sku: "LAMP", quantity: 1 }],
  shippingAddress: { ...address, country: wish.country ?? "NL" },
  paymentMethod: { type: "card", token: wish.token ?? "pm_card_visa" }
})

export const place = (key: string, body: unknown = orderOf(), headers = {}) =>
  post("/v1/orders", body, { "idempotency-key": key, ...headers })

/** Creates a product and receives stock of it. */
export const sell = (sku: string, quantity = 100, price: object = eur(1_000)) =>
  Effect.gen(function* () {
    const listed = yield* put(`/v1/products/${sku}`, { name: `The ${sku}`, price })
    assert.include([200, 201], listed.status, listed.text)
    if (quantity > 0) yield* post(`/v1/inventory/${sku}/receipts`, { quantity })
  })

export const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" })

/** Asserts a complete problem document with this status and code. */
export const assertProblem = (answer: Answer, status: number, code: string): void => {
  assert.strictEqual(answer.status, status, answer.text)
  assert.strictEqual(answer.headers.get("content-type"), "application/problem+json")
  const { body } = answer
  assert.strictEqual(body.code, code, answer.text)
  assert.strictEqual(body.status, status)
  assert.strictEqual(body.type, `https://souk.example/problems/${code.replaceAll("_", "-")}`)
  assert.isString(body.title)
  assert.isString(body.detail)
  assert.strictEqual(body.requestId, answer.headers.get("request-id"))
  assert.match(body.instance, /^\//)
  assert.notInclude(answer.text, "node_modules")
}

/** Runs `effect`, and asserts that it appended nothing to the journal. */
export const assertNothingWritten = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const before = yield* journal.head
    const result = yield* effect
    assert.strictEqual(yield* journal.head, before, "something was written")
    return result
  })
