/** Asks for confirmation before an irreversible change; fails without a terminal. */
import * as Options from "@effect/cli/Options"
import { Effect, Option } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { UsageError } from "./UsageError.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { Streams } from "./Streams.ts"
import * as Values from "./Values.ts"

export const confirmingOptions = {
  yes: Options.withAlias(
    Values.choice("yes", "Do not ask for a confirmation; required without a terminal."),
    "y"
  )
}

const usage = new UsageError({
  message: "--yes is missing, and there is no terminal to ask for a confirmation",
  hint: "Add --yes to do it without being asked, or --dry-run to see what would be done."
})

/** Fails without a terminal, before anything else is done. */
export const possible = (isSaid: boolean) =>
  Effect.gen(function* () {
    const { stderr, stdin } = yield* Streams
    if (!isSaid && !(stdin.isTerminal && stderr.isTerminal)) return yield* usage
  })

/** Asks, unless it `isSaid` already. Anything but a clear yes is a no. */
export const ask = (isSaid: boolean, question: string) =>
  Effect.gen(function* () {
    if (isSaid) return
    const { stderr, stdin } = yield* Streams
    yield* stderr.write(`${question} [y/N] `)
    const answer = yield* stdin.readLine
    if (Option.exists(answer, (line) => /^\s*y(es)?\s*$/i.test(line))) return
    return yield* new CommandFailed({
      code: "cancelled",
      message: "cancelled: nothing was done",
      hint: "Only y or yes goes on.",
      exitCode: ExitCode.cancelled
    })
  })
