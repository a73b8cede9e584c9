/** Progress of a long command: one line on stderr if that is a terminal, else nothing. */
import { Effect } from "effect"
import { Output } from "./Output.ts"
import { Streams } from "./Streams.ts"

const barColumns = 24

const line = (done: number, total: number): string => {
  const full = total === 0 ? barColumns : Math.floor((done / total) * barColumns)
  const bar = "#".repeat(full) + "-".repeat(barColumns - full)
  return `\r[${bar}] ${done}/${total}`
}

/** Counts up to `total` while `use` runs; the line is gone afterwards, however that ended. */
export const counting = <A, E, R>(
  total: number,
  use: (step: Effect.Effect<void>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const { stderr } = yield* Streams
    const { isJson, isQuiet } = yield* Output
    if (!stderr.isTerminal || isQuiet || isJson) return yield* use(Effect.void)
    let done = 0
    const show = Effect.suspend(() => Effect.ignore(stderr.write(line(done, total))))
    const step = Effect.suspend(() => {
      done++
      return show
    })
    const clear = Effect.ignore(stderr.write(`\r${" ".repeat(line(total, total).length)}\r`))
    yield* show
    return yield* Effect.ensuring(use(step), clear)
  })

/** Shows how far `use` has come on its way to `total`, which is asked for only where it shows. */
export const reaching = <A, E, R, E2, R2>(
  total: Effect.Effect<number, E2, R2>,
  use: (show: (done: number) => Effect.Effect<void>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const { stderr } = yield* Streams
    const { isJson, isQuiet } = yield* Output
    if (!stderr.isTerminal || isQuiet || isJson) return yield* use(() => Effect.void)
    const end = yield* total
    const show = (done: number) => Effect.ignore(stderr.write(line(Math.min(done, end), end)))
    const clear = Effect.ignore(stderr.write(`\r${" ".repeat(line(end, end).length)}\r`))
    yield* show(0)
    return yield* Effect.ensuring(use(show), clear)
  })
