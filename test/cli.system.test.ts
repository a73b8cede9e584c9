/** The built `souk` with a real shop: exit codes and output. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Ran, souk as run } from "./support/Cli.ts"
import { type Postgres, startPostgres } from "./support/Postgres.ts"
import { Shop } from "./support/Shop.ts"
import { Storefront } from "./support/Storefront.ts"

let database: Postgres
let shop: Shop
let desk: string

beforeAll(async () => {
  database = await startPostgres()
  shop = await Shop.start({ SOUK_DATABASE_URL: database.url })
  desk = await mkdtemp(join(tmpdir(), "souk-desk-"))
})

afterAll(async () => {
  await shop?.close()
  await database?.stop()
})

const souk = (...args: ReadonlyArray<string>): Promise<Ran> => run(shop, args)

/** The output of a successful command, each line of JSON parsed. */
const told = async (...args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await souk(...args, "--json")
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""])
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

it("receipts from a file are recorded once, however often it is sent", async () => {
  await told("product", "set", "DESK-1", "--name", "Desk", "--price", "12.50")
  await told("product", "set", "DESK-2", "--name", "Lamp", "--price", "4")
  const file = join(desk, "stock.csv")
  await writeFile(file, "sku,quantity,reference\nDESK-1,10,PO-1\nDESK-2,5,PO-1\nDESK-1,10,PO-2\n")
  const rows = await told("stock", "receive", "--file", file)
  expect(rows.map(({ isRepeat }) => isRepeat)).toEqual([false, false, false])
  const again = await told("stock", "receive", "--file", file)
  expect(again.map(({ isRepeat }) => isRepeat)).toEqual([true, true, true])
  await told("stock", "adjust", "DESK-1", "--delta", "-3", "--reason", "broken", "--yes")
  const [stock] = await told("stock", "show", "DESK-1")
  expect(stock).toMatchObject({ onHand: 17, available: 17 })
  const history = await told("stock", "history", "DESK-1")
  expect(history.map(({ quantity }) => quantity)).toEqual([10, 10, -3])
  const ghost = join(desk, "ghost.csv")
  await writeFile(ghost, "sku,quantity\nDESK-1,1\nGHOST-9,1\n")
  const refused = await souk("stock", "receive", "--file", ghost)
  expect([refused.code, refused.stdout]).toEqual([2, ""])
  expect(refused.stderr).toContain("line 3: there is no product GHOST-9")
  expect((await told("stock", "show", "DESK-1"))[0].onHand).toBe(17)
})

it("an order is followed, shipped, delivered and refunded, and not cancelled", async () => {
  const { order } = await new Storefront(shop.client).place({ "DESK-1": 2 })
  const watched = await souk("order", "watch", order.id)
  expect([watched.code, watched.stderr]).toEqual([0, `${order.id} is confirmed.\n`])
  expect(await told("order", "resume", order.id)).toMatchObject([{ isAtRest: true, waitsFor: [] }])
  expect(await told("order", "ship", order.id)).toMatchObject([{ status: "shipped" }])
  const late = await souk("order", "cancel", order.id, "--yes")
  expect(late.code).toBe(6)
  expect(await told("order", "deliver", order.id)).toMatchObject([{ status: "delivered" }])
  const refund = ["refund", "create", order.id, "--amount", "12.50", "--reason", "late"]
  expect((await souk(...refund)).code).toBe(2)
  expect(await told(...refund, "--yes")).toMatchObject([{ status: "succeeded" }])
  const timeline = await told("order", "timeline", order.id)
  expect(timeline.at(-1).type).toBe("OrderDelivered")
})

it("a key has its scopes, and none when it is revoked", async () => {
  const [key] = await told("key", "create", "--name", "till", "--scopes", "stock:read")
  const till = { adminKey: key.key, baseUrl: shop.baseUrl }
  expect((await run(till, ["stock", "show", "DESK-1"])).code).toBe(0)
  expect((await run(till, ["user", "list"])).code).toBe(4)
  await told("key", "revoke", key.id, "--yes")
  const listed = await told("key", "list")
  expect(listed.find(({ id }) => id === key.id)).toHaveProperty("revokedAt")
})

it("the journal is exported whole, and doctor knows whether a shop is running", async () => {
  const file = join(desk, "journal.ndjson")
  expect((await souk("journal", "export", "--file", file)).code).toBe(0)
  const events = (await readFile(file, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(events.map(({ type }) => type)).toContain("PaymentRefunded")
  const positions = events.map(({ position }) => position)
  expect(positions).toEqual(positions.toSorted((one, other) => one - other))
  const well = await souk("doctor")
  expect([well.code, well.stderr]).toEqual([0, "The shop is well.\n"])
  await shop.killShop()
  const gone = await souk("doctor")
  expect(gone.code).toBe(1)
  expect(gone.stderr).toContain("connection refused")
})
