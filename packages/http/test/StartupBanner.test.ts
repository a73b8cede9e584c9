/** The example of the banner, for any data folder and host. */
import { assert, describe, it } from "@effect/vitest"
import { printing } from "@souk/http/auth/AdminKeyFile"
import { layerScaled } from "@souk/actors/runtime/RetrySchedule"
import { urlOf, withRetries } from "@souk/http/StartupBanner"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

describe("the banner", () => {
  it("quotes the key file for a shell", () => {
    const folder = mkdtempSync(join(tmpdir(), "souk-banner-"))
    try {
      for (const name of ["plain", "with blank", "it's", 'say "x"', "$(id)", "-n"]) {
        mkdirSync(join(folder, name))
        writeFileSync(join(folder, name, "admin-key"), `key of ${name}\n`)
        for (const path of [join(folder, name, "admin-key"), `${name}/admin-key`]) {
          const script = `printf %s "Bearer ${printing(path)}"`
          const printed = execFileSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" })
          assert.strictEqual(printed, `Bearer key of ${name}`)
        }
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("prints a URL that browsers accept", () => {
    const url = (host: string, hostname = host) => urlOf(host, { hostname, port: 3_000 })
    assert.strictEqual(url("127.0.0.1"), "http://127.0.0.1:3000")
    assert.strictEqual(url("0.0.0.0"), "http://0.0.0.0:3000")
    assert.strictEqual(url("::", "0.0.0.0"), "http://[::]:3000")
    assert.strictEqual(url("localhost", "::1"), "http://[::1]:3000")
  })

  it.live("outlives a database that is lost while the demo catalogue is created", () =>
    Effect.gen(function* () {
      let tries = 0
      const recovering = Effect.suspend(() =>
        ++tries < 3 ? Effect.fail("away" as const) : Effect.succeed(true)
      )
      assert.isTrue(yield* withRetries(recovering))
      assert.strictEqual(tries, 3)
      assert.isFalse(yield* withRetries(Effect.fail("away" as const)))
    }).pipe(Effect.provide(layerScaled(1 / 10_000)))
  )
})
