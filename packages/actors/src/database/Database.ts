/** The database of the shop: a server that is given to it, or one that it brings along. */
import {
  Config,
  type ConfigError,
  Context,
  Effect,
  Layer,
  Option,
  Redacted,
  Schedule
} from "effect"
import { Schema, type Scope } from "effect"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import type { DataDirInUse } from "./PostgresTenure.ts"
import * as Session from "./Session.ts"

/** The server at SOUK_DATABASE_URL does not let us in. */
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
    /** Fails once another process has taken over our data, and the shop must end. Else it waits. */
    readonly lost: Effect.Effect<never, DataDirInUse>
  }
>() {}

export type DatabaseError = DatabaseUnreachable | EmbeddedPostgres.EmbeddedPostgresError

/** An empty SOUK_DATABASE_URL, as composition files like to pass it on, counts as none. */
export const config = Config.all({
  url: Config.option(Config.redacted("DATABASE_URL")).pipe(
    Config.map(Option.filter((url) => Redacted.value(url) !== ""))
  ),
  dataDir: Config.string("DATA_DIR").pipe(Config.withDefault(".souk"))
}).pipe(Config.nested("SOUK"))

/** Brings up the embedded server and watches over it, as long as the scope is open. */
export const embedded = (
  dataDir: string
): Effect.Effect<
  Context.Tag.Service<Database>,
  EmbeddedPostgres.EmbeddedPostgresError,
  Scope.Scope
> => Effect.map(EmbeddedPostgres.start({ dataDir }), (server) => ({ kind: "embedded", ...server }))

/** Waits half a minute for a server that is not there yet, as when both are started together. */
export const external = (
  url: Redacted.Redacted
): Effect.Effect<Context.Tag.Service<Database>, DatabaseUnreachable> =>
  Effect.scoped(Session.open(url, "souk")).pipe(
    Effect.retry({
      while: (error) => !isFinal(error),
      schedule: Schedule.upTo(Schedule.spaced("500 millis"), "30 seconds")
    }),
    Effect.mapError(({ reason }) => new DatabaseUnreachable({ server: nameOf(url), reason })),
    Effect.as({ kind: "external", url, lost: Effect.never })
  )

export const layer: Layer.Layer<Database, ConfigError.ConfigError | DatabaseError> = Layer.scoped(
  Database,
  Effect.gen(function* () {
    const { url, dataDir } = yield* config
    return Option.isSome(url) ? yield* external(url.value) : yield* embedded(dataDir)
  })
)

// A wrong password, an unknown database, an address that is none: waiting does not mend them.
const isFinal = ({ code }: Session.ConnectionFailed): boolean =>
  code.startsWith("28") || code === "3D000" || code.startsWith("ERR_")

const nameOf = (url: Redacted.Redacted): string => {
  const address = Redacted.value(url)
  if (!URL.canParse(address)) return "the server at SOUK_DATABASE_URL"
  const { host, pathname } = new URL(address)
  return `Postgres at ${host}${pathname}`
}
