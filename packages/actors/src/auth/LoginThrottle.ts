/** Failed attempts, counted in one place for all processes, and remembered across any crash. */
import type { Policy } from "@souk/domain/auth/Throttling"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

export class LoginThrottle extends Context.Tag("@souk/actors/LoginThrottle")<
  LoginThrottle,
  {
    /**
     * Counts an attempt, as a failure for now, and says 0; or says for how many more milliseconds
     * there is no trying.
     */
    readonly attempt: (subject: string, policy: Policy) => Effect.Effect<number, JournalUnavailable>
    /** The attempt was a good one: forgets `all` failures of the subject, or this `one`. */
    readonly forgive: (
      subject: string,
      what: "all" | "one"
    ) => Effect.Effect<void, JournalUnavailable>
  }
>() {}
