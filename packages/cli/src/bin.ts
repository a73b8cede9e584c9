/** The `souk` program: this process's streams, environment and signals around one run. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Exit, Layer, Logger } from "effect"
import * as Cli from "./Cli.ts"
import { LocalDatabase } from "./database/LocalDatabase.ts"
import { ExitCode } from "./ExitCode.ts"
import * as Streams from "./Streams.ts"

// The library's own logger writes to stdout, where only data may go.
const Words = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

// Loaded by the commands that need it: the others would start later for it.
const operator = Effect.promise(() => import("@souk/actors/database/Operator"))

const Local = Layer.succeed(LocalDatabase, {
  report: (url) => Effect.flatMap(operator, ({ report }) => report(url)),
  migrate: (url) => Effect.flatMap(operator, ({ migrate }) => migrate(url))
})

const Process = Layer.mergeAll(
  FetchHttpClient.layer,
  NodeContext.layer,
  Streams.layer,
  Local,
  Words
)

NodeRuntime.runMain(Effect.provide(Cli.run(process.argv.slice(2)), Process), {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  teardown: (exit, end) =>
    end(
      Exit.match(exit, {
        onSuccess: (code) => (typeof code === "number" ? code : ExitCode.ok),
        onFailure: () => ExitCode.interrupted
      })
    )
})
