/** A permission that is revoked at one runner is refused by the others within a second. */
import { Schema } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Client, decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { type Runner, Runners } from "./support/Runners.ts"
import { must } from "./support/Storefront.ts"

const ToldKey = Schema.Struct({ id: Schema.String, key: Schema.String })

const SignedIn = Schema.Struct({
  user: Schema.Struct({ id: Schema.String }),
  accessToken: Schema.String
})

/** The documented limit while the runners are connected to Postgres. */
const boundMs = 1_000

let cluster: Runners
let one: Runner
let other: Runner

beforeAll(async () => {
  cluster = await Runners.start(2)
  one = cluster.runners[0]!
  other = cluster.runners[1]!
})

afterAll(async () => {
  await cluster?.close()
})

/** How long the other runner answers 200 after the first has acknowledged `change`. */
const goesOnMs = async (key: string, change: () => Promise<unknown>): Promise<number> => {
  const there = new Client(other.url, key)
  const status = async () => (await there.get("/v1/journal?limit=1")).status
  expect(await status()).toBe(200)
  await change()
  const changedAtMs = performance.now()
  await eventually("the key is refused", 15_000, async () =>
    (await status()) === 200 ? undefined : true
  )
  return performance.now() - changedAtMs
}

it("a key revoked or rotated at one runner is refused by the other within a second", async () => {
  const create = async () =>
    decode(ToldKey, await one.client.post("/v1/api-keys", { name: "a", scopes: ["journal:read"] }))
  for (let round = 0; round < 3; round++) {
    const revoked = await create()
    const revoke = () => one.client.send("DELETE", `/v1/api-keys/${revoked.id}`)
    expect(await goesOnMs(revoked.key, revoke)).toBeLessThan(boundMs)
    const rotated = await create()
    const rotate = () =>
      one.client.post(`/v1/api-keys/${rotated.id}/rotation`, { overlapSeconds: 0 })
    expect(await goesOnMs(rotated.key, rotate)).toBeLessThan(boundMs)
  }
})

it("the key of a former admin is refused within a second", async () => {
  const credentials = { email: "ada@example.com", password: "correct horse battery" }
  const registered = await one.client.post("/v1/auth/register", { ...credentials, name: "Ada" })
  const { user } = decode(SignedIn, registered)
  const role = `/v1/users/${user.id}/role`
  must(await one.client.put(role, { role: "admin" }), 200)
  const login = await one.client.post("/v1/auth/login", credentials)
  const admin = new Client(one.url, decode(SignedIn, login).accessToken)
  const made = await admin.post("/v1/api-keys", { name: "hers", scopes: ["journal:read"] })
  const lower = () => one.client.put(role, { role: "customer" })
  expect(await goesOnMs(decode(ToldKey, made).key, lower)).toBeLessThan(boundMs)
})
