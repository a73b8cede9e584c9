/** The operator's tools on a real shop: manipulated data is found and repaired. */
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Ran, souk as run } from "./support/Cli.ts"
import { eventually } from "./support/Eventually.ts"
import { type Postgres, startPostgres } from "./support/Postgres.ts"
import { Shop } from "./support/Shop.ts"
import { must, Storefront } from "./support/Storefront.ts"

let database: Postgres
let shop: Shop
let front: Storefront
let sql: pg.Client
let desk: string

beforeAll(async () => {
  database = await startPostgres()
  shop = await Shop.start({ SOUK_DATABASE_URL: database.url })
  front = new Storefront(shop.client)
  sql = new pg.Client({ connectionString: database.url })
  await sql.connect()
  desk = await mkdtemp(join(tmpdir(), "souk-operator-"))
})

afterAll(async () => {
  await sql?.end()
  await shop?.close()
  await database?.stop()
})

const souk = (...args: ReadonlyArray<string>): Promise<Ran> => run(shop, args)

/** The output of a command with `--json`, when it ends with this code. */
const told = async (code: number, ...args: ReadonlyArray<string>) => {
  const ran = await souk(...args, "--json")
  expect([ran.code, ran.code === code ? "" : ran.stderr]).toEqual([code, ""])
  return ran.stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Writes an event into the journal without the shop. */
const plant = (stream: string, type: string, payload: object, ageSeconds = 0) =>
  sql.query(
    `INSERT INTO journal
       (stream, version, type, schema_version, payload, metadata, commit_id, recorded_at)
     SELECT $1, coalesce(max(version), 0) + 1, $2, 1, $3, $4, gen_random_uuid(),
       date_trunc('milliseconds', now() - interval '1 second' * $5)
     FROM journal WHERE stream = $1`,
    [
      stream,
      type,
      JSON.stringify(payload),
      JSON.stringify({
        commandId: `plant/${stream}/${type}/${ageSeconds}`,
        correlationId: "plant",
        causationId: "plant",
        who: "test"
      }),
      ageSeconds
    ]
  )

const inOneHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

/** Waits until every read model has read the whole journal. */
const caughtUp = () =>
  eventually("the lists have caught up", 30_000, async () => {
    const { rows } = await sql.query(
      `SELECT FROM projection_cursor
       WHERE position < (SELECT max(position) FROM journal)`
    )
    return rows.length === 0 ? true : undefined
  })

it("stock: an orphan and a wrong row are repaired, with the principal recorded", async () => {
  const sku = await front.putUp(10)
  await front.place({ [sku]: 2 })
  await caughtUp()
  const all = await told(0, "stock", "verify", "--all")
  expect(all.map((one) => one.sku)).toContain(sku)

  const ghost = `ord_${"0".repeat(20)}`
  const hold = { sku, orderId: ghost, quantity: 3, expiresAt: inOneHour(), at: inOneHour() }
  await plant(`inventory-${sku}`, "StockReserved", hold)
  await sql.query(`UPDATE product_list SET doc = doc || '{"name": "Wrong"}' WHERE sku = $1`, [sku])

  const [found] = await told(7, "stock", "verify", sku)
  const problems = found.differences.map(({ problem }: { problem: string }) => problem)
  // The actor learns of it with its next decision.
  expect(problems).toEqual(["actor_differs", "orphan_hold", "list_differs"])

  const mended = await souk("stock", "verify", "--all", "--repair", "--yes")
  expect([mended.code, mended.stderr.split("\n").at(-2)]).toEqual([0, "The books agree now."])
  expect(mended.stdout).toContain(`released 3 held for ${ghost}`)
  expect(mended.stdout).toContain("folded its row in product_list again")
  expect(await told(0, "stock", "verify", sku)).toMatchObject([{ differences: [] }])
  expect(await front.stock(sku)).toEqual([8, 0, 8])
  const history = await told(0, "stock", "history", sku)
  expect(history.at(-1)).toMatchObject({ type: "ReservationReleased", actor: "admin" })
})

it("stock: a list that has stopped is found, and one that is a moment behind is not", async () => {
  const sku = await front.putUp(1)
  const old = await front.putUp(1)
  await caughtUp()
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  try {
    // The list cannot be written now; reads continue.
    await other.query("BEGIN")
    await other.query("LOCK TABLE product_list IN SHARE MODE")
    const price = { amountMinor: 2_000, currency: "EUR" }
    must(await shop.client.put(`/v1/products/${sku}`, { name: "Just now", price }), 200)
    const lately = must(await shop.client.get(`/v1/inventory/${sku}/verification`), 200)
    expect(JSON.parse(lately.text)).toMatchObject({ differences: [] })
    const revised = { sku: old, name: "A minute ago", price, at: new Date().toISOString() }
    await plant(`catalog-${old}`, "ProductRevised", revised, 60)
    const behind = await told(7, "stock", "verify", old)
    expect(behind).toMatchObject([{ differences: [{ problem: "list_behind" }] }])
  } finally {
    await other.end()
  }
  await caughtUp()
  const after = await told(0, "stock", "verify", sku, old)
  expect(after).toMatchObject([{ differences: [] }, { differences: [] }])
})

it("journal: is consistent, agrees with its mark, and does not after a change", async () => {
  const sku = await front.putUp(5)
  await front.place({ [sku]: 2 })
  const mark = join(desk, "journal.mark")
  const first = await souk("journal", "verify", "--json")
  expect([first.code, first.stderr]).toEqual([0, "The journal is sound.\n"])
  const sound = JSON.parse(first.stdout)
  expect(sound.streams).toMatchObject({ order: 2, payment: 2, shipment: 2 })
  await writeFile(mark, first.stdout)
  await front.place({ [sku]: 1 })
  const [grown] = await told(0, "journal", "verify", "--against", mark)
  expect(grown.events).toBeGreaterThan(sound.events)

  const forge = async (quantity: number) => {
    await sql.query("ALTER TABLE journal DISABLE TRIGGER journal_append_only")
    await sql.query(
      `UPDATE journal SET payload = jsonb_set(payload::jsonb, '{quantity}', $1)::json
       WHERE stream = $2 AND version = 1`,
      [quantity, `inventory-${sku}`]
    )
    await sql.query("ALTER TABLE journal ENABLE TRIGGER journal_append_only")
  }
  await forge(6)
  const [changed] = await told(7, "journal", "verify", "--against", mark)
  expect(changed.findings).toMatchObject([{ problem: "prefix", position: sound.position }])
  await forge(1)
  const [oversold] = await told(7, "journal", "verify")
  expect(oversold.findings).toMatchObject([{ problem: "event", stream: `inventory-${sku}` }])
  await forge(5)
  await told(0, "journal", "verify", "--against", mark)
})

it("db: a list is rebuilt while the shop serves, and whole again", async () => {
  const list = async () => (await shop.client.get("/v1/orders?limit=100")).text
  await caughtUp()
  const before = await list()
  await sql.query("DELETE FROM order_list")
  expect(await list()).not.toBe(before)
  const [rebuilt] = await told(0, "db", "rebuild", "order_list", "--yes")
  expect(rebuilt).toMatchObject({ name: "order_list", isDone: true })
  expect(await list()).toBe(before)
  expect((await shop.client.get("/readyz")).status).toBe(200)
  const [status] = await told(0, "db", "status")
  expect(status).toMatchObject({ source: "shop", postgres: expect.stringMatching(/^\d+/) })
  expect(status.migrations.every(({ state }: { state: string }) => state === "applied")).toBe(true)
  expect((await souk("db", "rebuild", "journal", "--yes")).code).toBe(5)
})

it("db: a rebuild goes on after kill -9, and ends as the fold of the journal (F-4)", async () => {
  const sku = await front.putUp(1)
  // Enough for many pages: each is a transaction of its own.
  await sql.query(
    `INSERT INTO journal
       (stream, version, type, schema_version, payload, metadata, commit_id, recorded_at)
     SELECT stream, version + n, 'ProductRevised', 1,
       jsonb_build_object('sku', $2::text, 'name', 'Revised ' || n, 'price', payload->'price',
         'at', payload->'at')::json,
       jsonb_set(metadata::jsonb, '{commandId}', to_jsonb('plant/' || n))::json,
       gen_random_uuid(), recorded_at
     FROM journal, generate_series(1, 20000) AS n WHERE stream = $1 AND version = 1
     ORDER BY n`,
    [`catalog-${sku}`, sku]
  )
  await caughtUp()
  must(await front.post("/v1/read-models/product_list/rebuild", undefined), 202)
  await shop.killShop()
  const { rows } = await sql.query(
    `SELECT position < rebuild_to AS "isUnderWay" FROM projection_cursor
     WHERE name = 'product_list'`
  )
  expect(rows).toEqual([{ isUnderWay: true }])
  await shop.start()
  await caughtUp()
  const [last] = await told(0, "product", "list", "--limit", "1")
  expect(last).toMatchObject({ sku, name: "Revised 20000" })
  await told(0, "stock", "verify", "--all")
  await told(0, "journal", "verify")
})

it("db: an empty database is migrated once by two, and shown without a shop", async () => {
  await sql.query("CREATE DATABASE upgraded")
  const url = new URL(database.url)
  url.pathname = "/upgraded"
  const noShop = { adminKey: "sk_no_shop_is_there", baseUrl: "http://127.0.0.1:9" }
  const there = (...args: ReadonlyArray<string>) =>
    run(noShop, [...args, "--json"], { SOUK_DATABASE_URL: url.href })
  const before = await there("db", "status")
  expect(before.code).toBe(1)
  const { migrations, source } = JSON.parse(before.stdout)
  expect(source).toBe("database")
  const both = await Promise.all([there("db", "migrate"), there("db", "migrate")])
  expect(both.map(({ code, stderr }) => [code, code === 0 ? "" : stderr])).toEqual([
    [0, ""],
    [0, ""]
  ])
  const applied = both.flatMap(({ stdout }) => JSON.parse(stdout).applied)
  expect(applied).toEqual(migrations.map(({ name }: { name: string }) => name))
  expect((await there("db", "status")).code).toBe(0)
  expect((await run(noShop, ["db", "migrate"])).code).toBe(2)
})

it("db: nothing is migrated under a running shop of another version", async () => {
  const env = { SOUK_DATABASE_URL: database.url }
  const migrate = () => run(shop, ["db", "migrate", "--json"], env)
  expect(JSON.parse((await migrate()).stdout)).toEqual({ applied: [] })
  const { rows } = await sql.query(
    "DELETE FROM souk_migration WHERE number = (SELECT max(number) FROM souk_migration) RETURNING *"
  )
  const refused = await migrate()
  expect([refused.code, refused.stdout]).toEqual([6, ""])
  const { code, message } = JSON.parse(refused.stderr.trim().split("\n").at(-1) ?? "").error
  expect(code).toBe("shop_still_runs")
  expect(message).toContain(`souk shop, pid ${shop.process.pid}`)
  const [{ checksum, name, number }] = rows
  await sql.query("INSERT INTO souk_migration (number, name, checksum) VALUES ($1, $2, $3)", [
    number,
    name,
    checksum
  ])
})
