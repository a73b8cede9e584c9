/** The log of the embedded server: limited in size, and quoted when the server does not start. */
import { Effect } from "effect"
import { readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { PostgresPaths } from "./PostgresPaths.ts"

const filesMax = 10 // Of 10 MB each.

/** Removes all but the newest files. */
export const prune = Effect.fnUntraced(function* (paths: PostgresPaths) {
  for (const path of (yield* newestFirst(paths)).slice(filesMax)) {
    yield* Effect.ignore(Effect.tryPromise(() => rm(path, { force: true })))
  }
})

/** The messages of a server that did not start. */
export const lastWords = Effect.fnUntraced(function* (paths: PostgresPaths) {
  const [newest] = yield* newestFirst(paths)
  for (const path of newest === undefined ? [paths.startLog] : [paths.startLog, newest]) {
    const lines = (yield* read(path)).split("\n").filter((line) => line.trim() !== "")
    const reasons = lines.filter((line) => /FATAL|PANIC|DETAIL|HINT|could not|cannot/.test(line))
    if (reasons.length > 0) return reasons.slice(-5).join("\n")
  }
  return "nothing at all; the programs may be damaged, so try `npm rebuild`"
})

const newestFirst = (paths: PostgresPaths): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise(() => readdir(paths.logs)).pipe(
    Effect.orElseSucceed((): Array<string> => []),
    Effect.map((names) =>
      names
        .filter((name) => name.endsWith(".log"))
        .toSorted()
        .toReversed()
        .map((name) => join(paths.logs, name))
    )
  )

const read = (path: string): Effect.Effect<string> =>
  Effect.orElseSucceed(
    Effect.tryPromise(() => readFile(path, "utf8")),
    () => ""
  )
