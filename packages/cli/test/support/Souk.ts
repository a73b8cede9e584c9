/** One run of `souk` in this process, with its streams kept. */
import { FetchHttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { ConfigProvider, Effect, Layer, Option } from "effect"
import * as Cli from "../../src/Cli.ts"
import { type DatabaseTrouble, LocalDatabase } from "../../src/database/LocalDatabase.ts"
import { type Sink, Streams, type WriteError } from "../../src/Streams.ts"
import { adminKey, StubShop } from "./StubShop.ts"

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Around {
  readonly env?: Readonly<Record<string, string>>
  /** What is piped in; without it, stdin is a terminal. */
  readonly stdin?: string
  /** What is typed as the answer to a confirmation; without it, it waits for ever. */
  readonly typed?: string
  /** Whether stdout and stderr are terminals. */
  readonly isTerminal?: boolean
  /** How the writing to stdout fails. */
  readonly stdoutFails?: WriteError
  /** The database that SOUK_DATABASE_URL names. */
  readonly database?: LocalDatabase["Type"]
  /** Receives stderr while the command runs. */
  readonly heard?: Array<string>
}

const unreachable: DatabaseTrouble = { _tag: "ConnectionFailed", message: "no connection" }

const nowhere: LocalDatabase["Type"] = {
  report: () => Effect.fail(unreachable),
  migrate: () => Effect.fail(unreachable)
}

const sink = (isTerminal: boolean, fails?: WriteError, written: Array<string> = []) => {
  const keep: Sink = {
    isTerminal,
    write: (text) =>
      fails === undefined ? Effect.sync(() => void written.push(text)) : Effect.fail(fails)
  }
  return { ...keep, text: () => written.join("") }
}

/** Runs a command line without a shop. */
export const alone = (
  args: ReadonlyArray<string>,
  {
    database = nowhere,
    env = {},
    heard,
    isTerminal = false,
    stdin,
    stdoutFails,
    typed
  }: Around = {}
): Effect.Effect<Ran> => {
  const stdout = sink(isTerminal, stdoutFails)
  const stderr = sink(isTerminal, undefined, heard)
  const streams = Layer.succeed(Streams, {
    stdin: {
      isTerminal: stdin === undefined,
      readAll: stdin === undefined ? Effect.never : Effect.succeed(stdin),
      readLine: typed === undefined ? Effect.never : Effect.succeed(Option.fromNullable(typed))
    },
    stdout,
    stderr
  })
  const configured = Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
  return Cli.run(args).pipe(
    Effect.map((code) => ({ code, stdout: stdout.text(), stderr: stderr.text() })),
    Effect.provide([
      FetchHttpClient.layer,
      NodeContext.layer,
      Layer.succeed(LocalDatabase, database),
      streams,
      configured
    ])
  )
}

/** Runs a command line against the stub shop, with its key. */
export const souk = (args: ReadonlyArray<string>, around: Around = {}) =>
  Effect.flatMap(StubShop, ({ url }) => {
    const env = { SOUK_URL: url, SOUK_ADMIN_KEY: adminKey, ...around.env }
    return alone(args, { ...around, env })
  })
