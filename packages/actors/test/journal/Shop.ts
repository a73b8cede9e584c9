/** Writers that keep book of what they were told, and the comparison with what is there. */
import { assert } from "@effect/vitest"
import { Context, Effect, Either, Layer, Option, Random, type Scope } from "effect"
import { Database } from "../../src/database/Database.ts"
import { Journal, type Recorded, Session } from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import { append, enqueue, entry, type JournalService, range } from "./Appends.ts"

/** A journal of its own over this database, as another process would have. */
export const open = (
  database: Context.Tag.Service<Database>
): Effect.Effect<JournalService, never, Scope.Scope> =>
  JournalPg.layer.pipe(
    Layer.provide(Layer.succeed(Database, database)),
    Layer.build,
    Effect.map(Context.get(Journal))
  )

/** What each append was answered, by its id. Every append must be answered once. */
export type Book = Map<string, Array<"ok" | "failed">>

/**
 * Appends to one stream until `wins` appends were its own, several at a time and of one or two
 * entries. Reads the stream again whenever it lost or does not know.
 */
export const appendTo = (
  journal: JournalService,
  stream: string,
  wins: number,
  book: Book,
  name = ""
) =>
  Effect.gen(function* () {
    let won = 0
    while (won < wins) {
      const loaded = yield* Effect.either(journal.load(stream, Option.none()))
      if (Either.isLeft(loaded)) {
        yield* Effect.sleep("20 millis")
        continue
      }
      let version = loaded.right.events.length
      const session = new Session()
      while (won < wins && !session.isBroken) {
        const waiting: Array<Effect.Effect<boolean>> = []
        for (const _ of range(yield* Random.nextIntBetween(1, 4))) {
          const id = `${stream}/${name}${book.size}`
          const entries = [entry("One", { id }), entry("Two", { id })] as const
          const some = (yield* Random.nextBoolean) ? entries : ([entries[0]] as const)
          waiting.push(
            enter(journal, book, id, append(stream, version, { session, entries: some }))
          )
          version += some.length
        }
        for (const wait of waiting) if (yield* wait) won++
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 4))
      }
    }
  })

const enter = (
  journal: JournalService,
  book: Book,
  id: string,
  request: ReturnType<typeof append>
) => {
  const answers: Array<"ok" | "failed"> = []
  book.set(id, answers)
  const settled = enqueue(journal, request, (failure) => {
    answers.push(failure === undefined ? "ok" : "failed")
  })
  return Effect.map(settled, Either.isRight)
}

/** What was acknowledged is there once, what was refused is not, and no stream has a hole. */
export const audit = (book: Book, events: ReadonlyArray<Recorded>) => {
  const found = new Map<string, number>()
  const heads = new Map<string, number>()
  let position = 0
  for (const event of events) {
    const { id } = event.payload as { readonly id: string }
    if (event.type === "One") found.set(id, (found.get(id) ?? 0) + 1)
    assert.strictEqual(event.version, (heads.get(event.stream) ?? 0) + 1, event.stream)
    heads.set(event.stream, event.version)
    assert.isAbove(event.position, position)
    position = event.position
  }
  for (const [id, answers] of book) {
    assert.deepStrictEqual(answers, [found.get(id) === 1 ? "ok" : "failed"], id)
  }
  assert.isTrue([...found.values()].every((count) => count === 1))
}
