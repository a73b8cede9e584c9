/**
 * A login has one valid token; the use of another one ends the login, except for a quick repeat.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  graceMs,
  idleMsMax,
  decideRefresh,
  lifeMsMax,
  type SessionState
} from "@souk/domain/auth/SessionState"

const session: SessionState = {
  tokenHash: "now",
  previousHash: "before",
  client: "home",
  startedMs: 0,
  rotatedMs: 0,
  isRevoked: false
}

describe("a refresh token", () => {
  it.each([
    ["the one that is alive", "now", "home", 0, "rotate"],
    ["the same from elsewhere: people travel", "now", "train", 60_000, "rotate"],
    ["the one before, at once", "before", "home", 1, "again"],
    ["the one before, at the end of the grace", "before", "home", graceMs, "again"],
    ["the one before, too late", "before", "home", graceMs + 1, "reused"],
    ["the one before, at once, from elsewhere", "before", "train", 1, "reused"],
    ["an older one", "older", "home", 1, "reused"],
    ["after two weeks without use", "now", "home", idleMsMax + 1, "over"],
    ["an older one, after two weeks", "older", "home", idleMsMax + 1, "over"]
  ] as const)("%s", (_, hash, client, nowMs, verdict) => {
    assert.strictEqual(decideRefresh(session, { hash, client }, nowMs), verdict)
  })

  it("expires with its login, or after ninety days", () => {
    const presented = { hash: "now", client: "home" }
    assert.strictEqual(decideRefresh({ ...session, isRevoked: true }, presented, 0), "over")
    const used = { ...session, rotatedMs: lifeMsMax }
    assert.strictEqual(decideRefresh(used, presented, lifeMsMax), "rotate")
    assert.strictEqual(decideRefresh(used, presented, lifeMsMax + 1), "over")
  })

  it("without a rotation has no predecessor", () => {
    const fresh = { ...session, previousHash: undefined }
    assert.strictEqual(decideRefresh(fresh, { hash: "before", client: "home" }, 0), "reused")
  })
})
