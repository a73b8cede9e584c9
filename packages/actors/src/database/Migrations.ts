/** Applies each file of the `sql` folder once, in order. */
import { Effect, Layer, Schema } from "effect"
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as AdvisoryLock from "./AdvisoryLock.ts"
import { Database } from "./Database.ts"
import type { MigrationReport } from "./DatabaseReport.ts"
import * as Session from "./Session.ts"

/** A file was edited after it had been applied here. */
export class MigrationChanged extends Schema.TaggedError<MigrationChanged>()("MigrationChanged", {
  file: Schema.String,
  appliedAs: Schema.String
}) {
  override get message() {
    return (
      `${this.file} is not what was applied to this database (as ${this.appliedAs}): ` +
      "put the file back as it was, and write the change as a new file"
    )
  }
}

/** The database has been used by a newer Souk. */
export class DatabaseIsNewer extends Schema.TaggedError<DatabaseIsNewer>()("DatabaseIsNewer", {
  database: Schema.Number,
  program: Schema.Number
}) {
  override get message() {
    return (
      `the database is at migration ${this.database}, this Souk knows ${this.program}: ` +
      "start the newer Souk, or restore the backup from before its start"
    )
  }
}

/** A file was refused. It was rolled back. */
export class MigrationFailed extends Schema.TaggedError<MigrationFailed>()("MigrationFailed", {
  file: Schema.String,
  line: Schema.Number,
  reason: Schema.String
}) {
  override get message() {
    return (
      `${this.file} failed at line ${this.line}: ${this.reason}. ` +
      "Nothing of it has stayed; repair the file and start Souk again"
    )
  }
}

/** The folder is missing, or its files are not numbered without gaps. */
export class MigrationsUnreadable extends Schema.TaggedError<MigrationsUnreadable>()(
  "MigrationsUnreadable",
  { folder: Schema.String, reason: Schema.String }
) {
  override get message() {
    return (
      `cannot read the migrations in ${this.folder}: ${this.reason}; ` +
      "files are called 0001_name.sql, 0002_name.sql and so on"
    )
  }
}

/** Another process has been migrating for too long. */
export class MigrationsBusy extends Schema.TaggedError<MigrationsBusy>()("MigrationsBusy", {
  holder: Schema.String
}) {
  override get message() {
    return (
      `${this.holder} has been migrating this database for two minutes: ` +
      "wait until it is done, and start Souk again"
    )
  }
}

/** A shop of an older version uses the database. Nothing was applied. */
export class ShopStillRuns extends Schema.TaggedError<ShopStillRuns>()("ShopStillRuns", {
  holder: Schema.String,
  since: Schema.String,
  pending: Schema.Number
}) {
  override get message() {
    return (
      `${this.holder} works on this database (since ${this.since}), and knows nothing of ` +
      `${this.pending} pending migrations: stop it first. A shop of this version also applies ` +
      "them when it starts"
    )
  }
}

export type MigrationError =
  | DatabaseIsNewer
  | MigrationChanged
  | MigrationFailed
  | MigrationsBusy
  | MigrationsUnreadable
  | Session.ConnectionFailed
  | Session.QueryFailed

/**
 * The `sql` folder at the top of the repository: the relative path is the same from here, from
 * `dist`, and from the bundle of the server.
 */
export const folder: string = fileURLToPath(new URL("../../../../sql", import.meta.url))

/** Checks that `pending` may be applied now. */
type Permit<E> = (
  session: Session.Session,
  pending: ReadonlyArray<Migration>
) => Effect.Effect<void, E>

const applyBy = <E>(permit: Permit<E>) =>
  Effect.fn("Migrations.apply")(function* (
    from: string
  ): Effect.fn.Return<ReadonlyArray<string>, MigrationError | E, Database> {
    const { url } = yield* Database
    const migrations = yield* read(from)
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const session = yield* Session.open(url, AdvisoryLock.holderName("migrations"))
        yield* AdvisoryLock.take(session, "migrations", 120_000).pipe(
          Effect.catchTag("LockHeld", ({ holder }) => new MigrationsBusy({ holder }))
        )
        const missing = yield* compare(migrations, yield* applied(session))
        if (missing.length > 0) yield* permit(session, missing)
        yield* Effect.forEach(missing, (migration) => applyOne(session, migration))
        return missing.map(({ file }) => file)
      })
    )
  })

/**
 * Applies missing files, and returns them. Of several processes that start at once, one does it.
 */
export const apply = applyBy(() => Effect.void)

/**
 * The same without a shop. A running shop has applied all files of its version: if any is missing,
 * it has another version, and its tables must not be changed. None can start meanwhile.
 */
export const applyAlone = applyBy((session, pending) =>
  AdvisoryLock.take(session, "singleNode", 1_000).pipe(
    Effect.catchTag("LockHeld", ({ holder, since }) => {
      return new ShopStillRuns({ holder, since, pending: pending.length })
    })
  )
)

/** Each migration that this program or the database knows, in order; changes nothing. */
export const report = Effect.fnUntraced(function* (session: Session.Session, from: string) {
  const migrations = yield* read(from)
  const [table] = yield* session.rows(
    Found,
    "SELECT to_regclass('souk_migration') IS NOT NULL AS \"isThere\""
  )
  const done = table?.isThere === true ? yield* session.rows(Applied, readApplied) : []
  const byNumber = new Map(done.map((one) => [one.number, one]))
  const ours = migrations.map(({ checksum, file, number }): MigrationReport => {
    const one = byNumber.get(number)
    const isSame = one?.checksum === checksum
    const state = one === undefined ? "pending" : isSame ? "applied" : "changed"
    return { number, name: file, checksum, state }
  })
  const theirs = done
    .filter(({ number }) => number > migrations.length)
    .map((one): MigrationReport => ({ ...one, state: "unknown" }))
  return [...ours, ...theirs]
})

const Found = Schema.Struct({ isThere: Schema.Boolean })

export const layer: Layer.Layer<never, MigrationError, Database> = Layer.effectDiscard(
  apply(folder)
)

interface Migration {
  readonly number: number
  readonly file: string
  readonly text: string
  readonly checksum: string
}

const read = Effect.fnUntraced(function* (from: string) {
  const unreadable = (reason: string) => new MigrationsUnreadable({ folder: from, reason })
  const inFolder = <A>(run: () => Promise<A>) =>
    Effect.tryPromise({ try: run, catch: (cause) => unreadable(String(cause)) })
  const names = yield* inFolder(() => readdir(from))
  const files = names.filter((name) => name.endsWith(".sql")).toSorted()
  return yield* Effect.forEach(
    files,
    Effect.fnUntraced(function* (file, index) {
      const number = index + 1
      if (!file.startsWith(`${String(number).padStart(4, "0")}_`)) {
        return yield* unreadable(`${file} is not number ${number}`)
      }
      const raw = yield* inFolder(() => readFile(join(from, file), "utf8"))
      const text = raw.replaceAll("\r\n", "\n") // Git may have written it for another system.
      const checksum = createHash("sha256").update(text).digest("hex")
      const migration: Migration = { number, file, text, checksum }
      return migration
    })
  )
})

const applied = Effect.fnUntraced(function* (session: Session.Session) {
  yield* session.run(`
    CREATE TABLE IF NOT EXISTS souk_migration (
      number     integer PRIMARY KEY,
      name       text NOT NULL,
      checksum   text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`)
  return yield* session.rows(Applied, readApplied)
})

const readApplied = "SELECT number, name, checksum FROM souk_migration ORDER BY number"

const Applied = Schema.Struct({
  number: Schema.Number,
  name: Schema.String,
  checksum: Schema.String
})

const compare = Effect.fnUntraced(function* (
  migrations: ReadonlyArray<Migration>,
  done: ReadonlyArray<typeof Applied.Type>
) {
  for (const { number, name, checksum } of done) {
    const migration = migrations[number - 1]
    if (migration === undefined) {
      const database = done[done.length - 1]?.number ?? number
      return yield* new DatabaseIsNewer({ database, program: migrations.length })
    }
    if (migration.checksum !== checksum) {
      return yield* new MigrationChanged({ file: migration.file, appliedAs: name })
    }
  }
  return migrations.slice(done.length)
})

const applyOne = (session: Session.Session, { number, file, text, checksum }: Migration) =>
  Effect.gen(function* () {
    yield* session.run("BEGIN")
    yield* session.run(text).pipe(Effect.mapError((error) => failed(file, text, error)))
    yield* session.rows(
      Schema.Unknown,
      "INSERT INTO souk_migration (number, name, checksum) VALUES ($1, $2, $3)",
      [number, file, checksum]
    )
    yield* session.run("COMMIT")
    yield* Effect.logInfo(`applied ${file}`)
  })

// A failure closes the connection, which rolls the transaction back.
const failed = (file: string, text: string, { reason, position }: Session.QueryFailed) =>
  new MigrationFailed({ file, reason, line: text.slice(0, position ?? 0).split("\n").length })
