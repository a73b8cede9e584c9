/** Logins across `kill -9`: no user is logged out, and no count of failures is lost. */
import { Schema } from "effect"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Client, decode } from "./support/Client.ts"
import { type Postgres, startPostgres } from "./support/Postgres.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

const SignedIn = Schema.Struct({
  user: Schema.Struct({ id: Schema.String, email: Schema.String }),
  accessToken: Schema.String,
  refreshToken: Schema.String
})

const password = "correct horse battery"

let database: Postgres
let shop: Shop

beforeAll(async () => {
  database = await startPostgres()
  shop = await Shop.start({ SOUK_DATABASE_URL: database.url })
})

afterAll(async () => {
  await shop?.close()
  await database?.stop()
})

/** However slow this machine is, the last trade of a token was a moment ago. */
const rotatedJustNow = async () => {
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query("UPDATE session SET rotated_at = clock_timestamp()")
  await client.end()
}

const auth = (path: string, body: object) => shop.client.post(`/v1/auth/${path}`, body)

const register = async (email: string) =>
  decode(SignedIn, await auth("register", { email, password, name: "Ada" }))

const login = (email: string, guess: string) => auth("login", { email, password: guess })

it("a login goes on after the shop was killed, and one lost trade is made up for", async () => {
  const { accessToken, refreshToken } = await register("survivor@example.com")
  const customer = new Client(shop.baseUrl, accessToken)
  expect((await customer.get("/v1/orders")).status).toBe(200)
  // The answer to this is lost: the shop dies, and the customer asks again with the old token.
  const lost = decode(SignedIn, await auth("refresh", { refreshToken }))
  await shop.killShop()
  await shop.start()
  await rotatedJustNow()
  expect((await customer.get("/v1/orders")).status).toBe(200)
  const again = decode(SignedIn, await auth("refresh", { refreshToken }))
  expect(again.refreshToken).toBe(lost.refreshToken)
  expect((await auth("refresh", { refreshToken: lost.refreshToken })).status).toBe(200)
})

it("a process with another data folder takes the tokens of the one before it", async () => {
  const { accessToken } = await register("mover@example.com")
  await shop.stop()
  const other = shop.spawn({ SOUK_DATA_DIR: `${shop.dataDir}-other` })
  await shop.untilReady(other)
  expect((await new Client(shop.baseUrl, accessToken).get("/v1/orders")).status).toBe(200)
  const Keys = Schema.Struct({ keys: Schema.Array(Schema.Struct({ kid: Schema.String })) })
  const { keys } = await shop.client.read(Keys, "/.well-known/jwks.json")
  expect(keys.length).toBe(2)
})

it("failed guesses are still counted after the shop was killed", async () => {
  await register("guessed@example.com")
  const other = "unknown@example.com"
  for (let n = 0; n < 6; n++) expect((await login(other, "a wrong password")).status).toBe(401)
  await shop.killShop()
  await shop.start()
  // Six failures were forgiven nothing: at the seventh the wait doubles, so the eighth is refused.
  expect((await login(other, "a wrong password")).status).toBe(401)
  const refused = await login(other, "a wrong password")
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
})

it("a customer's order is private, and no secret is in journal or log", async () => {
  const front = new Storefront(shop.client)
  const sku = await front.putUp(5)
  const [ada, eve] = [await register("ada@example.com"), await register("eve@example.com")]
  const customer = new Client(shop.baseUrl, ada.accessToken)
  const body = {
    lines: [{ sku, quantity: 1 }],
    shippingAddress: {
      name: "Ada",
      line1: "Street 1",
      city: "Utrecht",
      postalCode: "3511",
      country: "NL"
    },
    paymentMethod: { type: "card", token: "pm_card_visa" }
  }
  const placed = await customer.post("/v1/orders", body, { "idempotency-key": "mine" })
  expect(placed.status).toBe(201)
  const order = decode(Schema.Struct({ id: Schema.String, customerId: Schema.String }), placed)
  expect(order.customerId).toBe(ada.user.id)
  const other = new Client(shop.baseUrl, eve.accessToken)
  for (const path of [`/v1/orders/${order.id}`, `/v1/payments/${order.id}`]) {
    expect((await other.get(path)).status).toBe(404)
    expect((await customer.get(path)).status).toBe(200)
  }
  expect((await other.get("/v1/journal")).status).toBe(403)
  const { text } = await shop.client.get("/v1/journal?limit=1000")
  expect(text).toContain(`customer:${ada.user.id}`)
  for (const secret of ["argon2", password, ada.refreshToken, ada.accessToken]) {
    expect(text).not.toContain(secret)
  }
  for (const secret of [password, ada.refreshToken, ada.accessToken]) {
    expect(shop.process.output).not.toContain(secret)
  }
})
