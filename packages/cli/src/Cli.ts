/** The commands, and one run of them: from a command line to the number it ends with. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as CommandDirective from "@effect/cli/CommandDirective"
import { FileSystem, Path } from "@effect/platform"
import { Effect, Schema } from "effect"
import { authPages, key, user } from "./auth/AuthPages.ts"
import { product, productPages } from "./catalog/ProductCli.ts"
import { Invocation } from "./Attempt.ts"
import * as CommandLine from "./CommandLine.ts"
import * as Completions from "./completions/CompletionsCli.ts"
import { ExitCode } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Help from "./Help.ts"
import { journal, journalPages } from "./journal/JournalCli.ts"
import { stock, stockPages } from "./inventory/StockCli.ts"
import { Misuse } from "./Misuse.ts"
import { db, dbPages } from "./database/DbCli.ts"
import { deadLetter, deadLetterPages } from "./operations/DeadLetterPages.ts"
import { doctor, doctorPages } from "./operations/DoctorCli.ts"
import { reminder, reminderPages } from "./operations/ReminderCli.ts"
import { order, orderPages } from "./order/OrderCli.ts"
import { make as makeOutput, Output } from "./Output.ts"
import { plain } from "./Page.ts"
import { paymentPages, payments } from "./payment/PaymentCli.ts"
import { refund, refundPages } from "./payment/RefundCli.ts"
import * as Utf8 from "./Utf8.ts"

const roomPages = [
  ...productPages,
  ...stockPages,
  ...orderPages,
  ...paymentPages,
  ...refundPages,
  ...authPages,
  ...journalPages,
  ...reminderPages,
  ...dbPages,
  ...deadLetterPages,
  ...doctorPages
]

const completions = Completions.make(roomPages)

const pages = [...roomPages, ...completions.pages]

const root = Command.make("souk").pipe(
  Command.withSubcommands([
    product,
    stock,
    order,
    payments,
    refund,
    key,
    user,
    journal,
    reminder,
    db,
    deadLetter,
    doctor,
    completions.command
  ])
)

// `CommandLine` has its own did-you-mean, for the whole line.
const config = CliConfig.make({ isCaseSensitive: true, autoCorrectLimit: 0 })

const call = (args: ReadonlyArray<string>, hint: string) =>
  CommandDescriptor.parse(root.descriptor, ["souk", ...args], config).pipe(
    Effect.mapError(({ error }) => new Misuse({ message: plain(error), hint })),
    Effect.flatMap((directive) =>
      CommandDirective.isUserDefined(directive)
        ? root.transform(root.handler(directive.value), directive.value)
        : Effect.dieMessage("the library has taken an option for one of its own")
    )
  )

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
        return yield* call(reading.args, `See: souk help ${CommandLine.title(reading.page)}`)
    }
  })

/** Runs one command line. It never fails: what went wrong is told, and in the number. */
export const run = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const output = yield* makeOutput(CommandLine.optionsOf(pages, args))
    return yield* execute(args).pipe(
      Effect.as<ExitCode>(ExitCode.ok),
      Effect.catchAll((failure) => Failure.tell(args, failure)),
      Effect.catchAllDefect(Failure.tellBug),
      Effect.provideService(Output, output),
      Effect.provideService(Invocation, { args })
    )
  })
