/** Server-sent events as a browser reads them, with comments and retry hints. */
import { assert } from "@effect/vitest"
import { Effect, Either, type Scope, Stream } from "effect"
import { breaches } from "./Contract.ts"
import { TestHttpApp } from "./TestHttpApp.ts"

/** One block of a stream: its fields by name, a comment under the empty name. */
export type Block = Readonly<Record<string, string>>

export interface Opened {
  readonly status: number
  readonly headers: Headers
  /** The next block; fails when the stream has ended. */
  readonly next: Effect.Effect<Block, "ended">
  /** The next block that is an event. */
  readonly event: Effect.Effect<Block, "ended">
  /** Everything that is still to come. */
  readonly rest: Effect.Effect<ReadonlyArray<Block>>
}

const blockOf = (text: string): Block =>
  Object.fromEntries(
    text.split("\n").map((line) => {
      const at = line.indexOf(":")
      return [line.slice(0, at), line.slice(at + 1).trimStart()]
    })
  )

/** Opens a stream that stays open as long as the scope. */
export const open = (
  path: string,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<Opened, never, TestHttpApp | Scope.Scope> =>
  Effect.gen(function* () {
    const { url } = yield* TestHttpApp
    const controller = new AbortController()
    yield* Effect.addFinalizer(() => Effect.sync(() => controller.abort()))
    const { signal } = controller
    const response = yield* Effect.promise(() => fetch(url + path, { headers, signal }))
    const { headers: given, status } = response
    const breached = breaches({ method: "GET", url: path, status, headers: given })
    assert.deepStrictEqual(breached, [], "the document promises something else")
    const blocks = yield* Stream.toPull(
      Stream.fromReadableStream(
        () => response.body ?? new ReadableStream<Uint8Array>({ start: (it) => it.close() }),
        () => "ended" as const
      ).pipe(
        Stream.decodeText(),
        Stream.mapAccum("", (before, chunk) => {
          const parts = (before + chunk).split("\n\n")
          return [parts.at(-1) ?? "", parts.slice(0, -1)]
        }),
        Stream.mapConcat((parts) => parts),
        Stream.map(blockOf),
        Stream.rechunk(1)
      )
    )
    const next = Effect.map(
      Effect.mapError(blocks, () => "ended" as const),
      (chunk) => [...chunk][0] ?? {}
    )
    const event = Effect.repeat(next, { until: (block) => "event" in block })
    const rest = Effect.gen(function* () {
      const all: Array<Block> = []
      for (;;) {
        const block = yield* Effect.either(next)
        if (Either.isLeft(block)) return all
        all.push(block.right)
      }
    })
    return { status, headers: given, next, event, rest }
  })

/** The data of an event. */
// Tests look into whatever comes, as a client in another language would.
// oxlint-disable-next-line no-explicit-any
export const dataOf = (block: Block): any => JSON.parse(block["data"] ?? "null")
