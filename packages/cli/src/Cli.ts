/** One run of `souk`: from a command line to the number it ends with. */
import { FileSystem, Path } from "@effect/platform"
import { Effect, Schema } from "effect"
import { Invocation } from "./IdempotentCall.ts"
import * as CommandLine from "./CommandLine.ts"
import { ExitCode } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Help from "./Help.ts"
import { make as makeOutput, Output } from "./Output.ts"
import { pages } from "./Rooms.ts"
import * as Utf8 from "./Utf8.ts"

const Manifest = Schema.parseJson(Schema.Struct({ version: Schema.String }))

const version = Effect.gen(function* () {
  const { data } = yield* Output
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = yield* path.fromFileUrl(new URL("../package.json", import.meta.url))
  const text = yield* fileSystem.readFileString(file)
  const { version } = yield* Schema.decode(Manifest)(text)
  yield* data({ version }, () => `souk ${version}`)
}).pipe(
  // The manifest is part of this package: without it, there is no souk to ask for its version.
  Effect.catchTags({
    BadArgument: Effect.die,
    SystemError: Effect.die,
    ParseError: Effect.die
  })
)

const execute = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    yield* Utf8.checkArguments(args)
    const reading = yield* CommandLine.read(pages, args)
    switch (reading._tag) {
      case "Version":
        return yield* version
      case "Help":
        return yield* Help.show(pages, reading.words)
      case "Run":
        return yield* reading.page.run(reading.args)
    }
  })

/** Runs one command line. It never fails: what went wrong is told, and in the number. */
export const run = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const output = yield* makeOutput(CommandLine.optionsOf(pages, args))
    return yield* execute(args).pipe(
      Effect.as<ExitCode>(ExitCode.ok),
      Effect.catchAll((failure) => Failure.report(args, failure)),
      Effect.catchAllDefect(Failure.reportBug),
      Effect.provideService(Output, output),
      Effect.provideService(Invocation, { args, pages })
    )
  })
