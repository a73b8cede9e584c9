/** Counting requests in this and other processes. */
import { assert, describe, it } from "@effect/vitest"
import { WindowCounters } from "@souk/http/quota/WindowCounters"

const policies = { windowSeconds: 60, default: 16, checkout: 2, auth: 0 }

const take = (counters: WindowCounters, times: number, nowMs = 0) =>
  Array.from({ length: times }, () => counters.take("default", "a", nowMs)).at(-1)

describe("a quota", () => {
  it("counts down, reports its reset, and resets", () => {
    const counters = new WindowCounters(policies)
    assert.deepStrictEqual(counters.take("checkout", "a", 15_500), {
      policy: "checkout",
      limit: 2,
      windowSeconds: 60,
      remaining: 1,
      resetSeconds: 45,
      isExceeded: false
    })
    assert.isFalse(counters.take("checkout", "a", 59_999)?.isExceeded)
    const refused = counters.take("checkout", "a", 59_999)
    assert.isTrue(refused?.isExceeded)
    assert.strictEqual(refused?.resetSeconds, 1)
    assert.isFalse(counters.take("checkout", "a", 60_000)?.isExceeded)
  })

  it("counts by subject and policy", () => {
    const counters = new WindowCounters(policies)
    take(counters, 17)
    assert.isTrue(counters.take("default", "a", 0)?.isExceeded)
    assert.isFalse(counters.take("default", "b", 0)?.isExceeded)
    assert.isFalse(counters.take("checkout", "a", 0)?.isExceeded)
    assert.isUndefined(counters.take("auth", "a", 0), "0 is no limit")
  })

  it("is shared by all subjects beyond the limit", () => {
    const counters = new WindowCounters(policies)
    for (let n = 0; n < 100_000; n++) counters.take("checkout", `${n}`, 0)
    for (const late of ["x", "y"]) assert.isFalse(counters.take("checkout", late, 0)?.isExceeded)
    assert.isTrue(counters.take("checkout", "z", 0)?.isExceeded)
    assert.isFalse(counters.take("checkout", "5", 0)?.isExceeded, "known before")
  })
})

describe("processes that share counts", () => {
  const name = "default/a"
  const endsAtMs = 60_000

  it("share new counts of busy subjects only", () => {
    const counters = new WindowCounters(policies)
    take(counters, 1)
    assert.deepStrictEqual(counters.unshared(10), [])
    take(counters, 3)
    const uses = counters.unshared(10)
    assert.deepStrictEqual(uses, [{ name, endsAtMs, used: 4 }])
    counters.learn(uses, [{ name, endsAtMs, used: 4 }])
    assert.deepStrictEqual(counters.unshared(10), [])
    take(counters, 1)
    assert.deepStrictEqual(counters.unshared(10), [{ name, endsAtMs, used: 1 }])
  })

  it("add up to one quota", () => {
    const counters = new WindowCounters(policies)
    take(counters, 4)
    counters.learn(counters.unshared(10), [{ name, endsAtMs, used: 14 }])
    assert.strictEqual(take(counters, 1)?.remaining, 1)
    assert.isFalse(take(counters, 1)?.isExceeded)
    assert.isTrue(take(counters, 1)?.isExceeded)
  })

  it("share again what failed, and drop past windows", () => {
    const counters = new WindowCounters(policies)
    take(counters, 4)
    const uses = counters.unshared(10)
    assert.deepStrictEqual(counters.unshared(10), uses)
    take(counters, 1, 60_000)
    counters.learn(uses, [{ name, endsAtMs, used: 100 }])
    assert.isFalse(take(counters, 1, 60_000)?.isExceeded)
  })
})
