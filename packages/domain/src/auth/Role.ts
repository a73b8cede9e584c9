/** Who may do what: a role is a list of scopes, and a scope is what one path asks for. */
import { Schema } from "effect"

/** What a path may ask of its caller. */
export const Scope = Schema.Literal(
  "products:write",
  "stock:read",
  "stock:write",
  /** Look at orders, and at what became of their money. */
  "orders:read",
  /** Place and cancel orders. */
  "orders:write",
  /** Say that a parcel left or arrived. */
  "orders:fulfil",
  /** The three above for all orders, not only for one's own. */
  "orders:all",
  /** The payments of all orders, in one list. */
  "payments:read",
  "refunds:write",
  /** What auditors read: the journal, the provider's book, what befell accounts and keys. */
  "journal:read",
  /** What operators do: see what is due, and have it looked at now. */
  "shop:operate",
  "users:read",
  "users:write",
  "keys:read",
  "keys:write"
)
export type Scope = typeof Scope.Type

export const scopes: ReadonlyArray<Scope> = Scope.literals

export const Role = Schema.Literal("customer", "seller", "admin").annotations({
  identifier: "Role"
})
export type Role = typeof Role.Type

const customer: ReadonlyArray<Scope> = ["orders:read", "orders:write"]

/** Runs the shop floor; money, people and keys are not theirs. */
const seller: ReadonlyArray<Scope> = [
  ...customer,
  "orders:all",
  "orders:fulfil",
  "products:write",
  "stock:read",
  "stock:write"
]

const scopesByRole: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  customer: new Set(customer),
  seller: new Set(seller),
  admin: new Set(scopes)
}

export const scopesOf = (role: Role): ReadonlySet<Scope> => scopesByRole[role]

/** By these a program could make itself more than its maker: they stay with people. */
const personal: ReadonlySet<Scope> = new Set<Scope>(["users:write", "keys:write"])

/** Which of `wished` a holder of `held` cannot grant to a key. */
export const notGrantable = (
  wished: ReadonlyArray<Scope>,
  held: ReadonlySet<Scope>
): ReadonlyArray<Scope> => wished.filter((scope) => personal.has(scope) || !held.has(scope))

/** What a key may do now: what it was given, as long as its owner's role allows it. */
export const scopesOfKey = (given: ReadonlyArray<Scope>, ownerRole: Role): ReadonlySet<Scope> =>
  new Set(given.filter((scope) => scopesOf(ownerRole).has(scope)))
