/**
 * A database of commit 2f73ed2 with work in progress continues under this version.
 * test/fixtures/2f73ed2/README.md says what is in it, and how it was made.
 */
import { Database } from "@souk/actors/database/Database"
import * as Migrations from "@souk/actors/database/Migrations"
import { Effect, Logger, LogLevel, Redacted, Schema } from "effect"
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { souk } from "./support/Cli.ts"
import { Client, decode } from "./support/Client.ts"
import { eventually } from "./support/Eventually.ts"
import { type Postgres, startPostgres } from "./support/Postgres.ts"
import { Shop } from "./support/Shop.ts"
import * as Wire from "./support/Wire.ts"
import secrets from "./fixtures/2f73ed2/test-secrets.json" with { type: "json" }

const path = (name: string) => fileURLToPath(new URL(`fixtures/2f73ed2/${name}`, import.meta.url))

const SignedIn = Schema.Struct({
  user: Schema.Struct({ email: Schema.String }),
  accessToken: Schema.String
})

/** The columns that a journal had then, byte for byte. */
const journalDigest = `
  SELECT count(*), md5(string_agg(
    (position, stream, version, type, schema_version, payload::text, metadata::text, commit_id,
      recorded_at)::text, '' ORDER BY position)) FROM journal`

/** How many migrations there were. */
const migrationsBefore = 10

/** Longer than any saga may take, and than the longest lease of a reminder. */
const settleMsMax = 120_000

let server: Postgres
const clients: Array<pg.Client> = []

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await server?.stop()
})

const migrate = (url: string, folder: string) =>
  Migrations.apply(folder).pipe(
    Effect.provideService(Database, {
      kind: "external",
      url: Redacted.make(url),
      lost: Effect.never
    }),
    Logger.withMinimumLogLevel(LogLevel.Error),
    Effect.runPromise
  )

const connect = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  clients.push(client)
  await client.connect()
  return client
}

/** A database as it was when the shop of that version was killed. */
const restore = async (name: string) => {
  const address = new URL(server.url)
  address.pathname = `/${name}`
  const url = address.href
  await (await connect(server.url)).query(`CREATE DATABASE ${name}`)
  const folder = await mkdtemp(join(tmpdir(), "souk-migrations-"))
  const files = (await readdir(Migrations.folder)).toSorted().slice(0, migrationsBefore)
  await Promise.all(
    files.map((file) => copyFile(join(Migrations.folder, file), join(folder, file)))
  )
  await migrate(url, folder)
  await rm(folder, { recursive: true })
  const sql = await connect(url)
  // The migrations themselves have written these rows.
  await sql.query("DELETE FROM souk_migration")
  await sql.query("DELETE FROM cluster_key")
  await sql.query(gunzipSync(await readFile(path("database.sql.gz"))).toString())
  // A login is over after ninety days; the fixture grows older than that.
  await sql.query("UPDATE session SET started_at = now(), rotated_at = now()")
  return { url, sql }
}

const countOf = async (sql: pg.Client, from: string): Promise<number> => {
  const { rows } = await sql.query(`SELECT count(*)::integer AS count FROM ${from}`)
  return rows[0].count
}

it("its timers become reminders with their rows, its webhooks stay stored", async () => {
  const { sql, url } = await restore("migrated")
  const due = await sql.query("SELECT * FROM saga_due ORDER BY stream")
  const webhooks = await sql.query("SELECT * FROM webhook_inbox ORDER BY event_id")
  const journal = await sql.query(journalDigest)
  expect(due.rows.length).toBeGreaterThan(10)
  expect(due.rows.filter(({ attempts }) => attempts >= 3)).toHaveLength(2)
  await migrate(url, Migrations.folder)
  const reminders = await sql.query("SELECT * FROM reminder ORDER BY stream")
  expect(reminders.rows).toEqual(
    due.rows.map((row) => ({ ...row, name: "saga", last_error: null }))
  )
  const after = await sql.query("SELECT * FROM webhook_inbox ORDER BY event_id")
  expect(after.rows).toEqual(webhooks.rows.map((row) => ({ ...row, last_error: null })))
  expect((await sql.query(journalDigest)).rows).toEqual(journal.rows)
})

it("everything in progress ends, logins and keys are good, and the mark still agrees", async () => {
  const { sql, url } = await restore("upgraded")
  // One order can continue by its webhook alone.
  const { rows } = await sql.query("SELECT order_id FROM webhook_inbox WHERE due_at IS NOT NULL")
  const [{ order_id: told }] = rows
  await sql.query("DELETE FROM saga_due WHERE stream IN ('order-' || $1, 'payment-' || $1)", [told])
  const inProgress = await sql.query(
    "SELECT substr(stream, 7) AS id FROM saga_due WHERE stream LIKE 'order-%'"
  )
  const shop = await Shop.open({
    SOUK_DATABASE_URL: url,
    SOUK_ADMIN_KEY: secrets.adminKey,
    SOUK_AUTH_KEY: JSON.stringify(secrets.authKey)
  })
  try {
    await shop.start()
    const admin = new Client(shop.baseUrl, secrets.adminKey)
    await eventually("nothing is due any more", settleMsMax, async () => {
      const left = await countOf(sql, "reminder")
      const unread = await countOf(sql, "webhook_inbox WHERE due_at IS NOT NULL")
      return left + unread === 0 ? true : undefined
    })
    for (const id of [told, ...inProgress.rows.map(({ id }) => id)]) {
      // Each is one of some dozens.
      // oxlint-disable-next-line no-await-in-loop
      const { status } = await admin.read(Wire.Order, `/v1/orders/${id}`)
      expect(["confirmed", "cancelled"]).toContain(status)
    }
    await staysGood(shop)
    const desk = { baseUrl: shop.baseUrl, adminKey: secrets.adminKey }
    const verified = await souk(desk, ["journal", "verify", "--against", path("journal.mark")])
    expect([verified.code, verified.stderr]).toEqual([0, "The journal is sound.\n"])
    const stock = await souk(desk, ["stock", "verify", "--all"])
    expect([stock.code, stock.stderr]).toEqual([0, expect.any(String)])
  } finally {
    await shop.close()
  }
})

/** A session and an API key from before, and the password behind them. */
const staysGood = async ({ baseUrl }: Shop) => {
  const { apiKey, person, refreshToken } = secrets
  const { email, password } = person
  const anyone = new Client(baseUrl, "")
  const refreshed = decode(SignedIn, await anyone.post("/v1/auth/refresh", { refreshToken }))
  expect(refreshed.user.email).toBe(email)
  const loggedIn = await anyone.post("/v1/auth/login", { email, password })
  expect(loggedIn.status).toBe(200)
  for (const key of [refreshed.accessToken, apiKey]) {
    // oxlint-disable-next-line no-await-in-loop
    expect((await new Client(baseUrl, key).get("/v1/orders")).status).toBe(200)
  }
  expect((await new Client(baseUrl, `${apiKey}x`).get("/v1/orders")).status).toBe(401)
}
