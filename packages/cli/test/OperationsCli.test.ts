/** `souk order resume`, `souk reminder list` and `souk doctor`. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { souk } from "./support/Souk.ts"
import { whileIn } from "./support/StubRooms.ts"
import * as Stub from "./support/StubShop.ts"

const { id } = Stub.orderNumber(0)

const row = (overdueMs: number, attempts = 1) => ({
  stream: `order-${id}`,
  name: "saga",
  dueAt: fromMillis(1_700_000_000_000),
  overdueMs,
  attempts,
  lastError: "ActorUnavailable: moving"
})

layer(Stub.layer)("souk", (it) => {
  it.effect("order resume says what it waits for", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* souk(["order", "resume", id])
      assert.strictEqual(code, 0)
      assert.include(stdout, `${id} is pending, its payment captured: it has pending intents.`)
      assert.include(stdout, "it waits for the carrier, to take the parcel")
      assert.include(stderr, "souk payments reconcile")
    })
  )

  it.effect("reminder list shows what is due, and what to do about it", () =>
    Effect.gen(function* () {
      assert.include((yield* souk(["reminder", "list"])).stderr, "There are no reminders")
      const due = yield* whileIn({ reminders: [row(90_000)] }, souk(["reminder", "list"]))
      assert.include(due.stdout, "90 s")
      assert.include(due.stdout, "ActorUnavailable: moving")
      assert.include(due.stderr, `souk order resume ${id}`)
      const told = yield* whileIn({ reminders: [row(-1)] }, souk(["reminder", "list", "--json"]))
      assert.deepStrictEqual(JSON.parse(told.stdout), row(-1))
    })
  )

  it.effect("both accept their former names, which help does not show", () =>
    Effect.gen(function* () {
      const calls = [
        [
          ["order", "resume", id],
          ["order", "unstick", id]
        ],
        [
          ["order", "resume", "--help"],
          ["order", "unstick", "--help"]
        ],
        [
          ["help", "order", "resume"],
          ["help", "order", "unstick"]
        ],
        [
          ["reminder", "list", "--json"],
          ["saga", "due", "--json"]
        ]
      ] as const
      for (const [now, before] of calls) {
        assert.deepStrictEqual(yield* souk(before), yield* souk(now), before.join(" "))
      }
      const { stdout } = yield* souk(["help"])
      assert.notMatch(stdout, /unstick|saga due/)
    })
  )

  const doctor = souk(["doctor"])

  it.effect("doctor is one word, and ends with 0 for a healthy shop", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* doctor
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, "The shop is well.")
      for (const name of ["configuration", "database", "clock", "stuck work"]) {
        assert.include(stdout, name)
      }
      const more = yield* souk(["doctor", "doctor"])
      assert.strictEqual(more.code, 2)
      assert.include(more.stderr, "souk help doctor")
    })
  )

  it.effect("doctor names each problem with what to do, and ends with 1", () =>
    Effect.gen(function* () {
      const cases = [
        [{ isReady: false }, "database", "Postgres"],
        [{ reminders: [row(90_000)] }, "stuck work", `souk order resume ${id}`],
        [{ reminders: [row(0, 10)] }, "stuck work", `souk order resume ${id}`],
        [{ skewMs: 60_000 }, "clock", "NTP"],
        [{ skewMs: -60_000 }, "clock", "NTP"]
      ] as const
      for (const [other, name, next] of cases) {
        const { code, stderr, stdout } = yield* whileIn(other, doctor)
        assert.strictEqual(code, 1, name)
        assert.include(stdout, "not well")
        assert.include(stderr, name)
        assert.include(stderr, next)
      }
    })
  )

  it.effect("doctor tells work in progress from stuck work", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* whileIn({ reminders: [row(2_000)] }, doctor)
      assert.strictEqual(code, 0)
      assert.include(stdout, "1 under way, 0 stuck")
    })
  )

  it.effect("doctor reports a wrong key, or that no shop is running", () =>
    Effect.gen(function* () {
      const wrong = yield* souk(["doctor"], { env: { SOUK_ADMIN_KEY: "sk_wrong" } })
      assert.strictEqual(wrong.code, 4)
      const noShop = yield* souk(["doctor"], { env: { SOUK_URL: yield* Stub.deserted } })
      assert.strictEqual(noShop.code, 1)
      assert.include(noShop.stderr, "npm start")
    })
  )
})
