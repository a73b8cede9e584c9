/** The directories of the embedded database, and their permissions. */
import { Effect, Option, Redacted } from "effect"
import { chmod, mkdir, readFile, realpath, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { use } from "./DataDirUnusable.ts"
import * as PostgresBinaries from "./PostgresBinaries.ts"
import * as PostgresInstallation from "./PostgresInstallation.ts"
import * as PostgresUser from "./PostgresUser.ts"

export interface PostgresPaths {
  readonly directory: string
  /** The data directory of Postgres, made by initdb. */
  readonly data: string
  /** The log files of Postgres, of bounded size. */
  readonly logs: string
  /** Its output before it can write there. */
  readonly startLog: string
  readonly password: Redacted.Redacted
  readonly user: Option.Option<PostgresUser.PostgresUser>
  readonly binaries: PostgresBinaries.PostgresBinaries
}

/** Finds the database in `<dataDir>/postgres`, or makes a new one there. */
export const prepare = Effect.fn("PostgresPaths.prepare")(function* (dataDir: string) {
  const directory = resolve(dataDir, "postgres")
  const data = join(directory, "data")
  const binaries = yield* PostgresBinaries.locate
  const user = yield* PostgresUser.choose(data)
  yield* use(directory, () => open(dirname(directory), user))
  if (Option.isSome(user)) {
    yield* PostgresUser.mayReach(user.value, binaries.postgres)
    yield* PostgresUser.mayReach(user.value, dirname(directory))
  }
  yield* PostgresInstallation.installIfMissing({ directory, user, binaries })
  const passwordFile = PostgresInstallation.passwordIn(directory)
  const password = yield* use(directory, () => readFile(passwordFile, "utf8"))
  const paths: PostgresPaths = {
    directory,
    // Without symbolic links, as Postgres and the system report it.
    data: yield* use(directory, () => realpath(data)),
    logs: join(directory, "log"),
    startLog: join(directory, "start.log"),
    password: Redacted.make(password),
    user,
    binaries
  }
  return paths
})

/** The address of a server in this directory. */
export const urlOf = (paths: PostgresPaths, port: number, database: string): Redacted.Redacted => {
  const password = Redacted.value(paths.password)
  const user = PostgresInstallation.superuser
  return Redacted.make(`postgres://${user}:${password}@127.0.0.1:${port}/${database}`)
}

// The directory above holds secrets of the shop as well. Where Postgres has a user of its own,
// that user may traverse the directory, but not list it.
const open = async (dataDir: string, user: PostgresPaths["user"]) => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (Option.isNone(user)) return
  const { mode } = await stat(dataDir)
  if ((mode & 0o001) === 0) await chmod(dataDir, mode | 0o001)
}
