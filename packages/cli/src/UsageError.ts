/** The command line, or the configuration, is not what `souk` understands: nothing was sent. */
import { Schema } from "effect"

export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  message: Schema.String,
  /** What to try instead. */
  hint: Schema.String
}) {}
