/** Refuses a database whose settings may lose confirmed commits. */
import { Effect, Layer, Schema } from "effect"
import { Database } from "./Database.ts"
import * as Session from "./Session.ts"

/** With this setting the server may confirm a commit, crash, and lose it. */
export class UnsafeDurabilitySetting extends Schema.TaggedError<UnsafeDurabilitySetting>()(
  "UnsafeDurabilitySetting",
  {
    setting: Schema.String,
    value: Schema.String,
    repair: Schema.String
  }
) {
  override get message() {
    return (
      `the database may forget what it has confirmed: ${this.setting} is ${this.value}. ` +
      `Repair it with \`${this.repair}\` and start Souk again`
    )
  }
}

/** The server is older than the versions that Souk supports. */
export class DatabaseTooOld extends Schema.TaggedError<DatabaseTooOld>()("DatabaseTooOld", {
  version: Schema.String
}) {
  override get message() {
    return `the database is PostgreSQL ${this.version}: upgrade it to 14 or newer`
  }
}

/** The server is read-only. */
export class DatabaseReadOnly extends Schema.TaggedError<DatabaseReadOnly>()("DatabaseReadOnly", {
  reason: Schema.String
}) {
  override get message() {
    return (
      `the database cannot be written to: ${this.reason}. ` +
      "Let SOUK_DATABASE_URL name a primary server, and a role that may write"
    )
  }
}

export type DurabilityCheckError =
  | UnsafeDurabilitySetting
  | DatabaseReadOnly
  | DatabaseTooOld
  | Session.ConnectionFailed
  | Session.QueryFailed

/** Reads the settings in force for connections of the shop, wherever they were set. */
export const check: Effect.Effect<void, DurabilityCheckError, Database> = Effect.gen(function* () {
  const { url } = yield* Database
  const session = yield* Session.open(url, "souk settings")
  const [server] = yield* session.rows(Server, readServer)
  if (server === undefined) return yield* Effect.dieMessage("a SELECT without FROM gave no row")
  if (server.versionNumber < 140_000) return yield* new DatabaseTooOld(server)
  if (server.isReplica) {
    return yield* new DatabaseReadOnly({ reason: "it is a replica (pg_is_in_recovery)" })
  }
  if (server.isReadOnly) {
    return yield* new DatabaseReadOnly({ reason: "transaction_read_only is on" })
  }
  const settings = yield* session.rows(Setting, readSettings)
  for (const setting of settings) {
    if (!isUnsafe(setting, server.hasStandbys)) continue
    return yield* new UnsafeDurabilitySetting({
      setting: setting.name,
      value: setting.value,
      repair: repair(setting, server)
    })
  }
}).pipe(Effect.scoped)

export const layer: Layer.Layer<never, DurabilityCheckError, Database> = Layer.effectDiscard(check)

const Server = Schema.Struct({
  version: Schema.String,
  versionNumber: Schema.Number,
  isReplica: Schema.Boolean,
  isReadOnly: Schema.Boolean,
  hasStandbys: Schema.Boolean,
  database: Schema.String,
  role: Schema.String
})
type Server = typeof Server.Type

const Setting = Schema.Struct({
  name: Schema.String,
  value: Schema.String,
  source: Schema.String
})
type Setting = typeof Setting.Type

const readServer = `
  SELECT current_setting('server_version') AS version,
         current_setting('server_version_num')::integer AS "versionNumber",
         pg_is_in_recovery() AS "isReplica",
         current_setting('transaction_read_only')::boolean AS "isReadOnly",
         current_setting('synchronous_standby_names') <> '' AS "hasStandbys",
         quote_ident(current_database()) AS database,
         quote_ident(current_user) AS role`

const readSettings = `
  SELECT name, setting AS value, source FROM pg_settings
  WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name`

/**
 * `remote_write` and `remote_apply` wait for the local disk as well, so they are safe. `local` does
 * not wait for standbys: where there are some, a failover may lose commits.
 */
const isUnsafe = ({ name, value }: Setting, hasStandbys: boolean): boolean =>
  value === "off" || (name === "synchronous_commit" && value === "local" && hasStandbys)

// Settings of a database or role override ALTER SYSTEM, so each source has its own repair.
const repair = ({ name, source }: Setting, { database, role }: Server): string => {
  switch (source) {
    case "database":
      return `ALTER DATABASE ${database} RESET ${name}`
    case "user":
      return `ALTER ROLE ${role} RESET ${name}`
    case "database user":
      return `ALTER ROLE ${role} IN DATABASE ${database} RESET ${name}`
    case "client":
      return `remove ${name} from SOUK_DATABASE_URL and PGOPTIONS`
    case "command line":
      return `ALTER SYSTEM SET ${name} = on; and take it off the server's command line`
    default:
      return `ALTER SYSTEM SET ${name} = on; SELECT pg_reload_conf()`
  }
}
