/** Who may use a path: stated in the contract, and enforced before any handler runs. */
import type { Scope } from "@souk/domain/auth/Role"
import { Context } from "effect"

/**
 * What a path asks of its caller: a scope, or nothing at all. Every path says so; one that says
 * nothing lets nobody in. Whose objects a caller sees is another matter, see `Ownership`.
 */
export class Access extends Context.Tag("@souk/http/Access")<Access, Scope | "everyone">() {}
