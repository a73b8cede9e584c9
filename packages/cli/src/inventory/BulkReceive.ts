/** `souk stock receive --file`: many deliveries, each once, however often the file is sent. */
import { FileSystem } from "@effect/platform"
import { Array as Arr, Effect, Either, Option, Ref, Schedule } from "effect"
import { isReplayed } from "../IdempotentCall.ts"
import { ExitCode } from "../ExitCode.ts"
import * as Failure from "../Failure.ts"
import { UsageError } from "../UsageError.ts"
import { Output } from "../Output.ts"
import * as Progress from "../Progress.ts"
import type { Shop, ShopFailed } from "../Shop.ts"
import { CommandFailed } from "../CommandFailed.ts"
import { Streams } from "../Streams.ts"
import { printable } from "../Table.ts"
import * as Utf8 from "../Utf8.ts"
import { type BadRow, fileBytesMax, read, type Receipt } from "./ReceiptFile.ts"

/** How many requests are under way at once. */
const width = 4

/** How many bad lines are told one by one. */
const toldMax = 50

/** How long to wait for a quota that is used up: windows are of a minute. */
const patience = Schedule.spaced("2 seconds").pipe(Schedule.intersect(Schedule.recurs(35)))

const isQuota = ({ refused }: ShopFailed): boolean => refused.status === 429

/** A no to one row says nothing about the others; anything else does. */
const isAboutRow = ({ refused }: ShopFailed): boolean => [400, 404, 422].includes(refused.status)

const contentOf = (path: string) =>
  Effect.gen(function* () {
    const { stdin } = yield* Streams
    if (path === "-") {
      if (!stdin.isTerminal) return yield* stdin.readAll
      return yield* new UsageError({
        message: "--file - reads deliveries from a pipe, and stdin is a terminal",
        hint: "For instance: souk stock receive --file - < stock.csv"
      })
    }
    const fileSystem = yield* FileSystem.FileSystem
    const unreadable = ({ message }: { readonly message: string }) =>
      new UsageError({ message: `--file ${path}: ${message}`, hint: "Give another." })
    const { size } = yield* Effect.mapError(fileSystem.stat(path), unreadable)
    if (Number(size) > fileBytesMax) return yield* tooLarge
    return yield* Utf8.readFile(path, path).pipe(
      Effect.catchTags({ BadArgument: unreadable, SystemError: unreadable })
    )
  })

const tooLarge = new UsageError({
  message: `--file: more than ${fileBytesMax} bytes`,
  hint: "Split it: each part is a delivery of its own."
})

/** Tells every line that is wrong; nothing is sent. */
const refuse = (rows: ReadonlyArray<BadRow>) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* Effect.forEach(rows.slice(0, toldMax), ({ line, problem }) =>
      output.printError({ line, problem }, () => `line ${line}: ${printable(problem)}`)
    )
    return yield* new UsageError({
      message: `${rows.length} of the lines are wrong; nothing was sent`,
      hint: "Mend them, and run it again. See: souk help stock receive"
    })
  })

/** Products that are not in the catalogue, before anything is sent. */
const unlisted = (shop: Shop, receipts: ReadonlyArray<Receipt>) =>
  Effect.gen(function* () {
    const first = Arr.dedupeWith(receipts, (one, other) => one.sku === other.sku)
    const wrong = yield* Effect.forEach(
      first,
      ({ line, sku }) =>
        shop
          .ask((client) => client.products.get({ path: { sku } }))
          .pipe(
            Effect.retry({ while: isQuota, schedule: patience }),
            Effect.as(Option.none<BadRow>()),
            Effect.catchIf(
              ({ refused }) => refused.status === 404,
              () => Effect.succeedSome({ line, problem: `there is no product ${sku}` })
            )
          ),
      { concurrency: width }
    )
    return Arr.getSomes(wrong)
  })

interface Tally {
  readonly received: number
  readonly units: number
  readonly repeated: number
  readonly refused: number
}

const nothing: Tally = { received: 0, units: 0, repeated: 0, refused: 0 }

const send = (shop: Shop, receipt: Receipt, tally: Ref.Ref<Tally>) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { key, line, sku, ...payload } = receipt
    const headers = { "idempotency-key": key }
    const request = { path: { sku }, headers, payload, withResponse: true } as const
    const asked = yield* shop
      .ask((client) => client.inventory.receive(request))
      .pipe(Effect.retry({ while: isQuota, schedule: patience }), Effect.either)
    if (Either.isLeft(asked)) {
      if (!isAboutRow(asked.left)) return yield* asked.left
      yield* Ref.update(tally, (so) => ({ ...so, refused: so.refused + 1 }))
      const { message } = Failure.reportOf(asked.left)
      return yield* output.printError(
        { line, sku, problem: message },
        () => `line ${line}: ${sku}: ${printable(message)}`
      )
    }
    const [stock, reply] = asked.right
    const isRepeat = isReplayed(reply)
    const { quantity } = payload
    yield* Ref.update(tally, (so) =>
      isRepeat
        ? { ...so, repeated: so.repeated + 1 }
        : { ...so, received: so.received + 1, units: so.units + quantity }
    )
    if (output.isJson) yield* output.data({ line, sku, quantity, isRepeat, stock }, String)
  })

interface Wish {
  readonly path: string
  /** Tells two deliveries with the same content apart. */
  readonly batch: string
  readonly dryRun: boolean
}

const sums = ({ received, repeated, units }: Tally): string => {
  const before = repeated === 0 ? "" : `; ${repeated} had been received before`
  return `${units} units in ${received} rows${before}`
}

const again = "Run the same again: what was received is not received twice."

const sendAll = (shop: Shop, receipts: ReadonlyArray<Receipt>) =>
  Effect.gen(function* () {
    const output = yield* Output
    const tally = yield* Ref.make(nothing)
    const halfDone = Effect.map(Ref.get(tally), (so) => {
      const open = receipts.length - so.received - so.repeated - so.refused
      return `${sums(so)}; ${open} rows are open, of which some may be received`
    })
    const sent = Progress.counting(receipts.length, (step) =>
      Effect.forEach(receipts, (receipt) => Effect.zipLeft(send(shop, receipt, tally), step), {
        concurrency: width,
        discard: true
      })
    )
    yield* sent.pipe(
      Effect.onInterrupt(() =>
        Effect.flatMap(halfDone, (message) => {
          const error = { code: "interrupted", message, exitCode: ExitCode.interrupted }
          return output.printError({ error }, () => `souk: interrupted: ${message}\n  ${again}`)
        })
      ),
      Effect.catchTag("ShopFailed", (failed) =>
        Effect.gen(function* () {
          const so = yield* Ref.get(tally)
          if (so.received + so.repeated === 0) return yield* failed
          return yield* new CommandFailed({
            code: "partly_done",
            message: `${Failure.reportOf(failed).message}: ${yield* halfDone}`,
            hint: again,
            exitCode: ExitCode.partlyDone
          })
        })
      )
    )
    return yield* Ref.get(tally)
  })

export const bulkReceive = (shop: Shop, { batch, dryRun, path }: Wish) =>
  Effect.gen(function* () {
    const output = yield* Output
    const content = yield* contentOf(path)
    if (Buffer.byteLength(content) > fileBytesMax) return yield* tooLarge
    const found = read(content, batch)
    if (Either.isLeft(found)) return yield* refuse(found.left)
    const receipts = found.right
    const missing = yield* unlisted(shop, receipts)
    if (missing.length > 0) return yield* refuse(missing)
    if (dryRun) {
      const units = receipts.reduce((sum, { quantity }) => sum + quantity, 0)
      const told = { dryRun: true, rows: receipts.length, units }
      yield* output.data(told, () => `Would receive ${units} units in ${receipts.length} rows.`)
      return yield* output.say("This was a dry run: nothing was changed.")
    }
    const tally = yield* sendAll(shop, receipts)
    if (!output.isJson) yield* output.print(`Received ${sums(tally)}.`)
    if (tally.refused === 0) return
    return yield* new CommandFailed({
      code: "partly_done",
      message: `${tally.refused} of ${receipts.length} rows were refused`,
      hint: "Put the corrected rows into another file: a changed file is another delivery.",
      exitCode: tally.received + tally.repeated > 0 ? ExitCode.partlyDone : ExitCode.conflict
    })
  })
