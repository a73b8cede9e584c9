/** The admin key: the only credential of a shop without accounts. */
import { Context, type Redacted } from "effect"

export class AdminKey extends Context.Tag("@souk/http/AdminKey")<AdminKey, Redacted.Redacted>() {}
