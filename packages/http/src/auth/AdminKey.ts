/** The one credential of a shop that has no accounts yet. */
import { Context, type Redacted } from "effect"

export class AdminKey extends Context.Tag("@souk/http/AdminKey")<AdminKey, Redacted.Redacted>() {}
