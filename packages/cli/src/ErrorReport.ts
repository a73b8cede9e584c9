/** What is said of a failure, of whatever kind it was. */
import type { ExitCode } from "./ExitCode.ts"
import type * as Shop from "./Shop.ts"

export interface ErrorReport {
  /** A word that programs switch on. */
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** Which parts of a request are wrong, as the shop says it. */
  readonly errors?: Shop.Refused["problem"]["errors"]
  readonly exitCode: ExitCode
  /** The server's log knows more, under the id of the request. */
  readonly isLogged?: boolean
  /** What became of a change that was asked for, where that is not nothing. */
  readonly outcome?: "unknown" | "done"
  /** The shop has refused: nothing was changed, and the same request is refused again. */
  readonly isRefused?: boolean
}
