/** The command line, or the configuration, is not what `souk` understands: nothing was sent. */
import { Schema } from "effect"

export class Misuse extends Schema.TaggedError<Misuse>()("Misuse", {
  message: Schema.String,
  /** What to try instead. */
  hint: Schema.String
}) {}
