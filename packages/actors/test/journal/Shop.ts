/** Writers that keep book of what they were told, and the comparison with what is there. */
import { assert } from "@effect/vitest"
import { Context, Effect, Either, Layer, Option, Random, type Scope } from "effect"
import { Database } from "../../src/database/Database.ts"
import {
  type Append,
  Journal,
  type Recorded,
  Session,
  type Version
} from "../../src/journal/Journal.ts"
import * as JournalPg from "../../src/journal/JournalPg.ts"
import { append, enqueue, entry, type JournalService } from "./Appends.ts"

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
 * Appends to one stream until `wins` appends were its own. Reads the stream again whenever it lost
 * or does not know. `name` keeps the ids of several that share a stream apart.
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
      const loaded = yield* Effect.option(journal.load(stream, Option.none()))
      if (Option.isNone(loaded)) yield* Effect.sleep("20 millis")
      else {
        const next = bunches(stream, name, loaded.value.events.length)
        for (let isBroken = false; won < wins && !isBroken;) {
          const bunch = yield* next
          const outcomes = yield* Effect.all(bunch.map((entered) => enter(journal, book, entered)))
          won += outcomes.filter(Either.isRight).length
          isBroken = outcomes.some(Either.isLeft)
        }
      }
    }
  })

interface Entered {
  readonly id: string
  readonly append: Append
}

const enter = (journal: JournalService, book: Book, { append, id }: Entered) => {
  const answers: Array<"ok" | "failed"> = []
  book.set(id, answers)
  return enqueue(journal, append, (failure) => {
    answers.push(failure === undefined ? "ok" : "failed")
  })
}

/** After a moment, some appends of one or two entries, each following the one before. */
const bunches = (stream: string, name: string, start: Version) => {
  const session = new Session()
  let version = start
  return Effect.gen(function* () {
    yield* Effect.sleep(yield* Random.nextIntBetween(0, 4))
    const bunch: Array<Entered> = []
    for (let more = yield* Random.nextIntBetween(1, 4); more > 0; more--) {
      const id = `${stream}/${name}/${ids++}`
      const one = entry("One", { id })
      const entries = (yield* Random.nextBoolean)
        ? ([one, entry("Two")] as const)
        : ([one] as const)
      bunch.push({ id, append: append(stream, version, { session, entries }) })
      version += entries.length
    }
    return bunch
  })
}

let ids = 0

/** What was acknowledged is there once, what was refused is not, and no stream has a hole. */
export const audit = (book: Book, events: ReadonlyArray<Recorded>) => {
  const found = new Map<string, number>()
  const heads = new Map<string, number>()
  let position = 0
  for (const event of events) {
    if (event.type === "One") {
      const id = String(Reflect.get(event.payload, "id"))
      found.set(id, (found.get(id) ?? 0) + 1)
    }
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
