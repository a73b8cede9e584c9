/** The `souk` program: this process's streams, environment and signals around one run. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Exit, Layer, Logger } from "effect"
import * as Cli from "./Cli.ts"
import { ExitCode } from "./ExitCode.ts"
import * as Streams from "./Streams.ts"

// The library's own logger writes to stdout, where only data may go.
const Words = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))

const Process = Layer.mergeAll(FetchHttpClient.layer, NodeContext.layer, Streams.layer, Words)

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
