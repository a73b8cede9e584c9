/** The sandbox provider's book on a real Postgres: read page by page, it is read once and whole. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as SqlPool from "../../src/database/SqlPool.ts"
import { type LedgerEntry, SandboxLedger } from "../../src/payment/SandboxLedger.ts"
import * as SandboxLedgerPg from "../../src/payment/SandboxLedgerPg.ts"
import { orderId } from "../support/Requests.ts"
import * as TestPg from "../support/TestPg.ts"

const layer = SandboxLedgerPg.layer.pipe(Layer.provide(SqlPool.layer), Layer.provide(TestPg.layer))

const attempt = (n: number) => ({
  orderId: orderId(n),
  kind: "authorize" as const,
  status: "succeeded" as const,
  amount: { amountMinor: 100, currency: "EUR" as const },
  idempotencyKey: `key-${n}`,
  isFinal: true,
  code: undefined
})

describe("the sandbox provider's book", () => {
  it.live("is read once and whole, in the order it was written, however small the pages", () =>
    Effect.gen(function* () {
      const ledger = yield* SandboxLedger
      const numbers = Array.from({ length: 25 }, (_, n) => n)
      yield* Effect.forEach(numbers, (n) => ledger.write(attempt(n)))
      const all: Array<LedgerEntry> = []
      let after = 0
      while (true) {
        const { data, next } = yield* ledger.list(after, 4)
        if (data.length === 0) break
        all.push(...data)
        after = next
      }
      assert.deepStrictEqual(
        all.map(({ idempotencyKey }) => idempotencyKey),
        numbers.map((n) => `key-${n}`)
      )
    }).pipe(Effect.provide(layer))
  )

  it.live("settles a key once, and gives its first outcome to every repeat", () =>
    Effect.gen(function* () {
      const ledger = yield* SandboxLedger
      const declined = { ...attempt(1), status: "failed" as const, code: "expired_card" }
      assert.deepStrictEqual(yield* ledger.write(declined), {
        status: "failed",
        code: "expired_card"
      })
      assert.deepStrictEqual(yield* ledger.write(attempt(1)), {
        status: "failed",
        code: "expired_card"
      })
      assert.strictEqual((yield* ledger.list(0, 10)).data.length, 1)
    }).pipe(Effect.provide(layer))
  )
})
