/** How much of each quota the processes of a shop have used together. */
import { Context, Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** What one process has used of one quota since it said so last. */
export interface QuotaUse {
  /** The policy and whom it limits. */
  readonly name: string
  /** When the window ends; all processes cut time into the same windows. */
  readonly endsAtMs: number
  readonly used: number
}

/** Without a book, a process knows of itself alone. */
export class QuotaBook extends Context.Reference<QuotaBook>()("@souk/actors/QuotaBook", {
  defaultValue: () => ({
    add: (
      _uses: ReadonlyArray<QuotaUse>
    ): Effect.Effect<ReadonlyArray<QuotaUse>, JournalUnavailable> => Effect.succeed([])
  })
}) {}
