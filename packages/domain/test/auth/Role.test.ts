/** A role is a list of scopes; no key is above its owner, and none can make itself more. */
import { assert, describe, it } from "@effect/vitest"
import { notGrantable, type Role, Role as RoleSchema, Scope } from "@souk/domain/auth/Role"
import { scopes, scopesOf, scopesOfKey } from "@souk/domain/auth/Role"
import { Arbitrary, FastCheck as fc } from "effect"

const someScopes = fc.array(Arbitrary.make(Scope))
const someRole = Arbitrary.make(RoleSchema)

describe("roles", () => {
  it("a seller may do all that a customer may, and an admin everything", () => {
    for (const scope of scopesOf("customer")) assert.isTrue(scopesOf("seller").has(scope))
    assert.sameMembers([...scopesOf("admin")], [...scopes])
  })

  it("a customer sees nothing but orders, and only their own", () => {
    assert.sameMembers([...scopesOf("customer")], ["orders:read", "orders:write"])
  })

  it("money, people and keys are not the seller's", () => {
    for (const scope of ["refunds:write", "journal:read", "users:write", "keys:write"] as const) {
      assert.isFalse(scopesOf("seller").has(scope))
    }
  })
})

describe("a key", () => {
  it("is given only what its maker holds, and never what would make it more", () => {
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

  it("is never above its owner, also when the owner is made less", () => {
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
