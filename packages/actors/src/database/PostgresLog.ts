/** What the embedded server writes down: kept small, and quoted when it does not start. */
import { Effect } from "effect"
import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { PostgresHome } from "./PostgresHome.ts"

const filesMax = 10 // Of 10 MB each.

/** Removes all but the newest files. */
export const prune = Effect.fnUntraced(function* (home: PostgresHome) {
  for (const path of (yield* newestFirst(home)).slice(filesMax)) {
    yield* Effect.ignore(Effect.tryPromise(() => rm(path, { force: true })))
  }
})

/** Why the server did not start, in its own words. */
export const lastWords = Effect.fnUntraced(function* (home: PostgresHome) {
  const [newest] = yield* newestFirst(home)
  for (const path of newest === undefined ? [home.startLog] : [home.startLog, newest]) {
    const lines = (yield* read(path)).split("\n").filter((line) => line.trim() !== "")
    const reasons = lines.filter((line) => /FATAL|PANIC|DETAIL|HINT|could not|cannot/.test(line))
    if (reasons.length > 0) return reasons.slice(-5).join("\n")
  }
  return "nothing at all; the programs may be damaged, so try `npm rebuild`"
})

const newestFirst = (home: PostgresHome): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise(() => readdir(home.logs)).pipe(
    Effect.orElseSucceed((): Array<string> => []),
    Effect.map((names) =>
      names
        .filter((name) => name.endsWith(".log"))
        .toSorted()
        .toReversed()
        .map((name) => join(home.logs, name))
    )
  )

const read = (path: string): Effect.Effect<string> =>
  Effect.orElseSucceed(
    Effect.tryPromise(() => readFile(path, "utf8")),
    () => ""
  )
