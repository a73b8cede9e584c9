/** A start with a wrong environment, as a process: what it prints, and when. */
import { createServer, type Server } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { eventually } from "./support/Eventually.ts"
import { ShopProcess } from "./support/ShopProcess.ts"
import { freePort } from "./support/Shop.ts"

let started: ShopProcess | undefined
let server: Server | undefined

const start = (environment: Readonly<Record<string, string>>): ShopProcess => {
  started = new ShopProcess(environment)
  return started
}

afterEach(async () => {
  started?.signal("SIGKILL")
  await started?.exited
  server?.close()
})

/** Accepts connections and never responds, as a firewall or a wrong server does. */
const silentPort = async (): Promise<number> => {
  const port = await freePort()
  server = createServer()
  await new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve))
  return port
}

describe("a start with a wrong environment", () => {
  it("is refused with every error at once, without secrets", async () => {
    const shop = start({
      SOUK_PORT: "abc",
      SOUK_HOST: "192.0.2.9",
      SOUK_PAYMENT_GATEWAY: "stripe",
      SOUK_STRIPE_SECRET_KEY: "hunter2",
      SOUK_DATABASE_URL: "mysql://souk:hunter2@db/souk",
      SOUK_AUTH_KEY: "hunter2",
      SOUK_CLUSTER: "on",
      SOUK_RESERVATION_SECONDS: "60",
      SOUK_PAYMENT_DEADLINE_SECONDS: "61",
      SOUK_DRAIN_SECONDS: "4",
      SOUK_PROT: "4"
    })
    expect((await shop.exited).code).toBe(1)
    await shop.silent
    const expected = {
      SOUK_PORT: /is "abc".*from 0 to 65535/,
      SOUK_HOST: /is "192\.0\.2\.9".*of this machine/,
      SOUK_STRIPE_SECRET_KEY: /not shown.*sk_test_/,
      SOUK_STRIPE_WEBHOOK_SECRET: /is not set.*SOUK_PAYMENT_GATEWAY is stripe/,
      SOUK_DATABASE_URL: /not shown.*postgres:\/\//,
      SOUK_AUTH_KEY: /private JWK/,
      SOUK_RUNNER_ADDRESS: /is not set.*host:port/,
      SOUK_ADMIN_KEY: /is not set.*at least 16/,
      SOUK_PAYMENT_DEADLINE_SECONDS: /is "61".*SOUK_RESERVATION_SECONDS, 60/,
      SOUK_DRAIN_SECONDS: /is now called SOUK_SHUTDOWN_DELAY_SECONDS/
    }
    const lines = shop.output.split("\n").filter((line) => line.startsWith("  "))
    for (const [name, says] of Object.entries(expected)) {
      const told = lines.filter((line) => line.includes(name) && says.test(line))
      expect([name, told.length, shop.output]).toEqual([name, 1, shop.output])
    }
    expect(lines).toHaveLength(Object.keys(expected).length)
    expect(shop.output.split("did you mean SOUK_PORT?")).toHaveLength(2)
    expect(shop.output).not.toMatch(/hunter2|redacted|\n {4}at /)
  })

  it("names a host of another machine, and does not report a port in use", async () => {
    const shop = start({ SOUK_HOST: "shop.invalid" })
    expect((await shop.exited).code).toBe(1)
    await shop.silent
    expect(shop.output).toContain('SOUK_HOST is "shop.invalid"')
    expect(shop.output).not.toContain("in use")
  })

  it("names a database that does not answer within three seconds, and waits for it", async () => {
    const url = `postgres://souk:hunter2@127.0.0.1:${await silentPort()}/souk`
    const shop = start({ SOUK_PROT: "1", SOUK_DATABASE_URL: url })
    await eventually(
      "it reads its environment",
      30_000,
      () => /SOUK_PROT/.test(shop.output) || undefined
    )
    await eventually(
      "it names the database",
      3_000,
      () => /Postgres at 127\.0\.0\.1:\d+\/souk.*SOUK_DATABASE_URL/.test(shop.output) || undefined
    )
    expect(shop.exit).toBeUndefined()
    expect(shop.output).not.toContain("hunter2")
  })
})
