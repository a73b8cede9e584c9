/** The scope that an endpoint requires, enforced before its handler runs. */
import type { Scope } from "@souk/domain/auth/Role"
import { Context } from "effect"

/**
 * The scope that an endpoint requires, or `everyone`. Every endpoint must declare it; one that does
 * not is closed. Which orders a caller sees is decided by `OrderAccess`.
 */
export class Access extends Context.Tag("@souk/http/Access")<Access, Scope | "everyone">() {}
