/** What is said of a failure, of whatever kind it was. */
import type { ExitCode } from "./ExitCode.ts"

export interface Telling {
  /** A word that programs switch on. */
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly exitCode: ExitCode
  /** The server's log knows more, under the id of the request. */
  readonly isLogged?: boolean
  /** What became of a change that was asked for, where that is not nothing. */
  readonly outcome?: "unknown" | "done"
  /** The shop has refused: nothing was changed, and the same request is refused again. */
  readonly isRefused?: boolean
}
