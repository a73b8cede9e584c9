/** Guessing becomes slower; an account is never locked for good. */
import { assert, describe, it } from "@effect/vitest"
import {
  account,
  address,
  attempt,
  delayAfter,
  registration,
  type Throttled
} from "@souk/domain/auth/Throttling"
import { FastCheck as fc } from "effect"

const policies = [account, address, registration]

describe("throttling", () => {
  it("delays grow with failures up to their maximum", () => {
    fc.assert(
      fc.property(fc.constantFrom(...policies), fc.nat(10_000), (policy, failures) => {
        const wait = delayAfter(policy, failures)
        assert.isAtMost(wait, delayAfter(policy, failures + 1))
        assert.isAtMost(wait, policy.delayMsMax)
        assert.strictEqual(wait === 0, failures <= policy.failuresFree)
      })
    )
  })

  it("an attempt after the longest wait is always allowed", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.array(fc.nat(120_000), { maxLength: 100 }),
        (policy, pauses) => {
          let nowMs = 0
          let state: Throttled | undefined
          for (const pause of pauses) {
            nowMs += pause
            state = attempt(state, policy, nowMs) ?? state
          }
          assert.isDefined(attempt(state, policy, nowMs + policy.delayMsMax))
        }
      )
    )
  })

  it("counts concurrent attempts before their outcomes are known", () => {
    let state: Throttled | undefined
    const passed = Array.from({ length: 1_000 }, () => {
      const next = attempt(state, account, 0)
      state = next ?? state
      return next
    }).filter((next) => next !== undefined)
    assert.strictEqual(passed.length, account.failuresFree + 1)
  })

  it("a day of guessing at one account allows about a hundred guesses", () => {
    let state: Throttled | undefined
    let guesses = 0
    for (let nowMs = 0; nowMs < 86_400_000; nowMs += 1_000) {
      const next = attempt(state, account, nowMs)
      if (next !== undefined) guesses++
      state = next ?? state
    }
    assert.isAtMost(guesses, 120)
  })

  it("drops old failures", () => {
    const busy: Throttled = { failures: 50, lastMs: 0, blockedUntilMs: 0 }
    const { memoryMs } = account
    assert.strictEqual(attempt(busy, account, memoryMs)?.failures, 51)
    assert.strictEqual(attempt(busy, account, memoryMs + 1)?.failures, 1)
  })
})
