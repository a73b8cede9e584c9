/** Errors with the files of the embedded database. */
import { Effect, Schema } from "effect"

/** The directory cannot hold a database. */
export class DataDirUnusable extends Schema.TaggedError<DataDirUnusable>()("DataDirUnusable", {
  directory: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return (
      `${this.directory} cannot hold the database: ${this.reason}; ` +
      "repair that, or set SOUK_DATA_DIR to another directory"
    )
  }
}

/** Works with files below the directory. Any failure is a failure of the directory. */
export const use = <A>(
  directory: string,
  run: () => Promise<A>
): Effect.Effect<A, DataDirUnusable> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new DataDirUnusable({ directory, reason: reasonOf(cause) })
  })

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)
