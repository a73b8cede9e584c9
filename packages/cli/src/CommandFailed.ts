/** A command that ends with a non-zero code without an error: why, and with which code. */
import { Data } from "effect"
import type { ExitCode } from "./ExitCode.ts"

export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  /** A word that programs switch on. */
  readonly code: string
  readonly message: string
  /** What to do next. */
  readonly hint: string
  readonly exitCode: ExitCode
}> {}
