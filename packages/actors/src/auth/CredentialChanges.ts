/** Changes of keys and roles by other processes of the shop. */
import { Context, type Effect, type Scope } from "effect"

export class CredentialChanges extends Context.Tag("@souk/actors/CredentialChanges")<
  CredentialChanges,
  {
    /**
     * Runs `changed` after each change that has committed, and whenever some may have been missed,
     * for as long as the scope lasts.
     */
    readonly follow: (changed: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
  }
>() {}
