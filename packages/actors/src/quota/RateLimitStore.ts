/** How much of each quota the processes of a shop have used together. */
import { Context, Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** What one process has used of one quota since it said so last. */
export interface RateLimitUse {
  /** The policy and whom it limits. */
  readonly name: string
  /** When the window ends; all processes cut time into the same windows. */
  readonly endsAtMs: number
  readonly used: number
}

/** Without a book, a process knows of itself alone. */
export class RateLimitStore extends Context.Reference<RateLimitStore>()(
  "@souk/actors/RateLimitStore",
  {
    defaultValue: () => ({
      add: (
        _uses: ReadonlyArray<RateLimitUse>
      ): Effect.Effect<ReadonlyArray<RateLimitUse>, JournalUnavailable> => Effect.succeed([])
    })
  }
) {}
