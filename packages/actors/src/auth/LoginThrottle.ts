/** Failed login attempts, counted for all processes together, and kept across crashes. */
import type { Policy } from "@souk/domain/auth/Throttling"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

export class LoginThrottle extends Context.Tag("@souk/actors/LoginThrottle")<
  LoginThrottle,
  {
    /**
     * Counts an attempt as a failure and returns 0; or returns for how many milliseconds attempts
     * are refused.
     */
    readonly attempt: (subject: string, policy: Policy) => Effect.Effect<number, JournalUnavailable>
    /** After a successful attempt: removes `all` failures of the subject, or this `one`. */
    readonly forgive: (
      subject: string,
      what: "all" | "one"
    ) => Effect.Effect<void, JournalUnavailable>
  }
>() {}
