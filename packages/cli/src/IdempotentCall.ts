/** Asking for a change so that asking again, whatever went wrong, does not do it twice. */
import { randomUUID } from "node:crypto"
import type { HttpClientResponse } from "@effect/platform"
import { Context, Effect, Option } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Output } from "./Output.ts"
import type { CommandSpec } from "./CommandSpec.ts"
import { ShopFailed } from "./Shop.ts"
import type { CommandFailed } from "./CommandFailed.ts"
import { OutputLost, type WriteError } from "./Streams.ts"

/** The command line of this run. */
export class Invocation extends Context.Tag("@souk/cli/Invocation")<
  Invocation,
  { readonly args: ReadonlyArray<string>; readonly pages: ReadonlyArray<CommandSpec> }
>() {}

export interface KeyHeader {
  readonly "idempotency-key": string
}

/** Whether the shop has answered as it did before, to the same key. */
export const isReplayed = ({ headers }: Pick<HttpClientResponse.HttpClientResponse, "headers">) =>
  headers["idempotent-replayed"] === "true"

/**
 * Sends a change under the key of an earlier attempt, else under a fresh one, and prints the
 * outcome. Failures contain the key; on interruption the key is printed here.
 */
export const once = <A, R>(
  earlier: Option.Option<string>,
  sendAndTell: (
    idempotencyKey: string
  ) => Effect.Effect<A, ShopFailed | CommandFailed | WriteError, R>
) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { args } = yield* Invocation
    const idempotencyKey = Option.getOrElse(earlier, randomUUID)
    const retry = retryLine(args, idempotencyKey)
    const message = "interrupted before the shop answered: it may have been done, or not"
    const error = { code: "interrupted", message, exitCode: ExitCode.interrupted }
    return yield* sendAndTell(idempotencyKey).pipe(
      Effect.catchTags({
        ShopFailed: (failed) => new ShopFailed({ ...failed, idempotencyKey }),
        OutputLost: ({ reason }) => new OutputLost({ reason, idempotencyKey })
      }),
      Effect.onInterrupt(() =>
        output.printError({ error: { ...error, idempotencyKey, retry } }, () =>
          [`souk: ${message}`, ...retryWords(retry)].join("\n")
        )
      )
    )
  })

/** What help says of commands that send a key. */
export const notes = [
  "Each attempt has an idempotency key. When it fails, the key is printed: with",
  "--idempotency-key it can be tried again, and is done once at most."
] as const

/** How to try again. */
export const retryWords = (retry: string): ReadonlyArray<string> => [
  "  To try again without doing it twice:",
  `    ${retry}`
]

/** The same command line again, under this key. */
export const retryLine = (args: ReadonlyArray<string>, idempotencyKey: string): string => {
  const name = "--idempotency-key"
  const at = args.indexOf(name)
  const rest = args.filter(
    (arg, index) => !arg.startsWith(`${name}=`) && (at < 0 || (index !== at && index !== at + 1))
  )
  const end = rest.includes("--") ? rest.indexOf("--") : rest.length
  const words = [...rest.slice(0, end), name, idempotencyKey, ...rest.slice(end)]
  return ["souk", ...words.map(quoted)].join(" ")
}

/** As a shell takes it for one word. */
const quoted = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
