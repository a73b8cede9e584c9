/** A role is a list of scopes; a key never has more rights than its owner. */
import { assert, describe, it } from "@effect/vitest"
import { notGrantable, type Role, Role as RoleSchema, Scope } from "@souk/domain/auth/Role"
import { scopes, scopesOf, scopesOfKey } from "@souk/domain/auth/Role"
import { Arbitrary, FastCheck as fc } from "effect"

const someScopes = fc.array(Arbitrary.make(Scope))
const someRole = Arbitrary.make(RoleSchema)

describe("roles", () => {
  it("a seller has all scopes of a customer, and an admin all scopes", () => {
    for (const scope of scopesOf("customer")) assert.isTrue(scopesOf("seller").has(scope))
    assert.sameMembers([...scopesOf("admin")], [...scopes])
  })

  it("a customer has access to their own orders only", () => {
    assert.sameMembers([...scopesOf("customer")], ["orders:read", "orders:write"])
  })

  it("a seller has no access to money, accounts and keys", () => {
    for (const scope of ["refunds:write", "journal:read", "users:write", "keys:write"] as const) {
      assert.isFalse(scopesOf("seller").has(scope))
    }
  })
})

describe("a key", () => {
  it("gets only scopes of its creator, and none that could extend it", () => {
    fc.assert(
      fc.property(someScopes, someRole, (wished, role: Role) => {
        const refused = new Set(notGrantable(wished, scopesOf(role)))
        for (const scope of wished) {
          const isPersonal = scope === "users:write" || scope === "keys:write"
          assert.strictEqual(refused.has(scope), isPersonal || !scopesOf(role).has(scope))
        }
      })
    )
  })

  it("never has more rights than its owner, also after the owner's role is reduced", () => {
    fc.assert(
      fc.property(someScopes, someRole, (given, role) => {
        for (const scope of scopesOfKey(given, role)) {
          assert.isTrue(scopesOf(role).has(scope))
          assert.include(given, scope)
        }
      })
    )
  })
})
