/** The built `souk order watch` with a real shop that is killed and started again meanwhile. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { start } from "./support/Cli.ts"
import { eventually } from "./support/Eventually.ts"
import { type Postgres, startPostgres } from "./support/Postgres.ts"
import { freePort, Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

let database: Postgres
let shop: Shop
let storefront: Storefront

beforeAll(async () => {
  database = await startPostgres()
  // No server listens at the payment provider's address: orders wait.
  shop = await Shop.start({
    SOUK_DATABASE_URL: database.url,
    SOUK_PAYMENT_GATEWAY: "stripe",
    SOUK_STRIPE_SECRET_KEY: `sk_test_${"0".repeat(24)}`,
    SOUK_STRIPE_WEBHOOK_SECRET: `whsec_${"0".repeat(24)}`,
    SOUK_STRIPE_API_BASE: `http://127.0.0.1:${await freePort()}`
  })
  storefront = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
  await database?.stop()
})

const lines = (text: string) => text.split("\n").filter(Boolean)

const said = (what: string, isSaid: () => boolean) =>
  eventually(what, 60_000, () => (isSaid() ? true : undefined))

const begun = async () => {
  const sku = await storefront.putUp(1)
  const { id } = await storefront.begin({ [sku]: 1 })
  return id
}

it("ends with 130 on Ctrl-C, and the order goes on", async () => {
  const id = await begun()
  const watching = start(shop, ["order", "watch", id])
  await said("the first line", () => lines(watching.heard.stdout).length > 0)
  watching.interrupt()
  expect((await watching.ended).code).toBe(130)
  expect((await storefront.order(id)).status).toBe("pending")
})

it("continues when the shop is killed and started again, without a gap or a repeat", async () => {
  const id = await begun()
  const watching = start(shop, ["order", "watch", id, "--json"])
  await said("the first line", () => lines(watching.heard.stdout).length > 0)
  await shop.killShop()
  await said("the break", () => watching.heard.stderr !== "")
  const before = lines(watching.heard.stdout).length
  await shop.untilReady(shop.spawn({ SOUK_PAYMENT_GATEWAY: "sandbox" }))
  await storefront.post(`/v1/orders/${id}/resume`)
  const { code, stderr, stdout } = await watching.ended
  const lost = "The connection is lost: going on when it is back."
  expect([code, lines(stderr)]).toEqual([0, [lost, `${id} is confirmed.`]])
  const entries = lines(stdout).map((line) => JSON.parse(line))
  const timeline = await storefront.timeline(id)
  expect(entries).toEqual(
    timeline.map(({ at, summary, type, version }) => ({ version, type, at, summary }))
  )
  expect(entries.length).toBeGreaterThan(before)
  const again = await start(shop, ["order", "watch", id, "--quiet"]).ended
  expect([again.code, again.stderr]).toEqual([0, ""])
})
