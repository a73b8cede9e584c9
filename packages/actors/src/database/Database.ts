/** The database of the shop: a given server, or the embedded one. */
import {
  type ConfigError,
  Context,
  Effect,
  Layer,
  Option,
  Redacted,
  Schema,
  type Scope
} from "effect"
import { Configuration } from "../configuration/Configuration.ts"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import type { DataDirInUse } from "./PostgresOwner.ts"
import * as Session from "./Session.ts"

/** The server at SOUK_DATABASE_URL refuses the connection. */
export class DatabaseUnreachable extends Schema.TaggedError<DatabaseUnreachable>()(
  "DatabaseUnreachable",
  { server: Schema.String, reason: Schema.String }
) {
  override get message() {
    return (
      `${this.server} does not let Souk in: ${this.reason}. ` +
      "Start that server or correct SOUK_DATABASE_URL; without it Souk brings its own Postgres"
    )
  }
}

export class Database extends Context.Tag("@souk/actors/Database")<
  Database,
  {
    readonly kind: "embedded" | "external"
    /** Where to connect, password included. It stays the same while the shop runs. */
    readonly url: Redacted.Redacted
    /**
     * Fails once another process has taken over the data, so that the shop must end. Else it waits.
     */
    readonly lost: Effect.Effect<never, DataDirInUse>
  }
>() {}

export type DatabaseError = DatabaseUnreachable | EmbeddedPostgres.EmbeddedPostgresError

/** Starts and supervises the embedded server, as long as the scope is open. */
export const embedded = (
  dataDir: string
): Effect.Effect<
  Context.Tag.Service<Database>,
  EmbeddedPostgres.EmbeddedPostgresError,
  Scope.Scope
> => Effect.map(EmbeddedPostgres.start({ dataDir }), (server) => ({ kind: "embedded", ...server }))

const retries = { firstMs: 500, upToMs: 30_000 }

/** Logs which server it waits for, and the variable that names it. */
const sayWaiting = (url: Redacted.Redacted) =>
  Effect.logWarning(
    `${nameOf(url)} does not answer: Souk tries again for ${retries.upToMs / 1_000} seconds. ` +
      "Start that server or correct SOUK_DATABASE_URL"
  ).pipe(Effect.delay("2 seconds"), Effect.zipRight(Effect.never))

/** Waits half a minute for a server that does not listen yet, as when both start together. */
export const external = (
  url: Redacted.Redacted
): Effect.Effect<Context.Tag.Service<Database>, DatabaseUnreachable> =>
  RetrySchedule.retry(
    Effect.scoped(Session.open(url, "souk")),
    retries,
    (error) => !isFinal(error)
  ).pipe(
    Effect.raceFirst(sayWaiting(url)),
    Effect.mapError(({ reason }) => new DatabaseUnreachable({ server: nameOf(url), reason })),
    Effect.as({ kind: "external", url, lost: Effect.never })
  )

export const layer: Layer.Layer<Database, ConfigError.ConfigError | DatabaseError> = Layer.scoped(
  Database,
  Effect.gen(function* () {
    const url = yield* Configuration.databaseUrl
    if (Option.isSome(url)) return yield* external(url.value)
    return yield* embedded(yield* Configuration.dataDir)
  })
)

// A wrong password, an unknown database or an invalid address: waiting does not help.
const isFinal = ({ code }: Session.ConnectionFailed): boolean =>
  code.startsWith("28") || code === "3D000" || code.startsWith("ERR_")

const nameOf = (url: Redacted.Redacted): string => {
  const address = Redacted.value(url)
  if (!URL.canParse(address)) return "the server at SOUK_DATABASE_URL"
  const { host, pathname } = new URL(address)
  return `Postgres at ${host}${pathname}`
}
