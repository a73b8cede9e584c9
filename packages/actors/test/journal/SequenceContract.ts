/** Every journal answers random sequences of appends as the simulated one does. */
import { assert, describe } from "@effect/vitest"
import { Effect, Runtime } from "effect"
import { play, simulated } from "../../../../simulation/Sequences.ts"
import { Journal } from "../../src/journal/Journal.ts"
import { Reminders } from "../../src/reminder/Reminder.ts"
import { attemptAll, type Test } from "./Appends.ts"

/** How many sequences; each test has a journal of its own. */
const seeds = Array.from({ length: 12 }, (_, seed) => seed)

export const sequenceContract = (test: Test) =>
  describe("a random sequence", () => {
    for (const seed of seeds) {
      test(
        `is answered as in the simulation: ${seed}`,
        Effect.gen(function* () {
          const [journal, reminders] = [yield* Journal, yield* Reminders]
          const run = Runtime.runPromise(yield* Effect.runtime())
          const told = yield* Effect.promise(() =>
            play(seed, {
              appendAll: (appends) => run(attemptAll(journal, appends)),
              read: (stream) =>
                run(
                  Effect.map(journal.readStream(stream, 0, 1_000), (events) =>
                    events.map(({ metadata, type }) => `${type} by ${metadata.commandId}`)
                  )
                ),
              due: () =>
                run(
                  Effect.map(reminders.claim(100, 60_000, 60_000), (claimed) =>
                    claimed.map(({ name, stream }) => `${stream}/${name}`).toSorted()
                  )
                )
            })
          )
          const expected = yield* Effect.promise(() => play(seed, simulated()))
          assert.deepStrictEqual(told, expected)
        })
      )
    }
  })
