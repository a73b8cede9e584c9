/** Creates a new database: prepared in a directory beside it, and installed by one rename. */
import { Effect, Option } from "effect"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { chmod, chown, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { DataDirUnusable, use } from "./DataDirUnusable.ts"
import type { PostgresBinaries } from "./PostgresBinaries.ts"
import type { PostgresUser } from "./PostgresUser.ts"
import { isAlive, signal } from "./Processes.ts"

/** The only user of an embedded database. */
export const superuser = "souk"

/**
 * The environment of child processes: none of this process's variables, so that the server gets no
 * secrets, and its messages are the same everywhere.
 */
export const environment = { LC_ALL: "C", TZ: "UTC" }

/** The file with the superuser's password. */
export const passwordIn = (directory: string): string => join(directory, "password")

interface Plan {
  readonly directory: string
  readonly user: Option.Option<PostgresUser>
  readonly binaries: PostgresBinaries
}

/** A directory never holds half a database. Of two processes that create one, one finds it done. */
export const installIfMissing = Effect.fnUntraced(function* (plan: Plan) {
  const { directory } = plan
  if (yield* isInstalled(directory)) return
  yield* Effect.logInfo(`creating a database in ${directory}`)
  yield* removeDrafts(directory)
  const draft = `${directory}.new-${process.pid}-${randomBytes(4).toString("hex")}`
  yield* use(directory, () => prepare(draft, plan.user)).pipe(
    Effect.zipRight(initdb(draft, plan)),
    Effect.zipRight(use(directory, () => finish(draft, plan.user))),
    Effect.zipRight(install(draft, directory)),
    Effect.ensuring(remove(draft))
  )
})

// Only a missing directory counts as missing, not one that cannot be read.
const isInstalled = (directory: string): Effect.Effect<boolean, DataDirUnusable> =>
  use(directory, () =>
    stat(join(directory, "data", "PG_VERSION")).then(
      () => true,
      (cause) => (isMissing(cause) ? false : Promise.reject(cause))
    )
  )

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT"

// Where Postgres has a user of its own, that one owns `data` and `log`, and reads the password
// only until initdb is done. The shop owns the directory around them.
const prepare = async (draft: string, user: Plan["user"]) => {
  const [data, logs, password] = [join(draft, "data"), join(draft, "log"), passwordIn(draft)]
  await mkdir(draft, { mode: 0o700 })
  await mkdir(data, { mode: 0o700 })
  await mkdir(logs, { mode: 0o700 })
  await writeFile(password, randomBytes(24).toString("base64url"), { mode: 0o600, flush: true })
  if (Option.isNone(user)) return
  const { uid, gid } = user.value
  await Promise.all([data, logs, password].map((path) => chown(path, uid, gid)))
  await chmod(draft, 0o711)
}

const finish = async (draft: string, user: Plan["user"]) => {
  if (Option.isSome(user)) await chown(passwordIn(draft), 0, 0)
  await sync(draft)
}

const install = (draft: string, directory: string) =>
  use(directory, () => rename(draft, directory)).pipe(
    Effect.zipRight(use(directory, () => sync(dirname(directory)))),
    Effect.catchTag("DataDirUnusable", (error) =>
      Effect.flatMap(isInstalled(directory), (isTaken) => (isTaken ? Effect.void : error))
    )
  )

// Synced, so that a power cut cannot lose the whole database.
const sync = async (directory: string) => {
  const handle = await open(directory)
  await handle.sync()
  await handle.close()
}

const initdb = (draft: string, { directory, user, binaries }: Plan) =>
  Effect.async<void, DataDirUnusable>((resume) => {
    const fail = (reason: string) => resume(new DataDirUnusable({ directory, reason }))
    const child = spawn(binaries.initdb, initdbArguments(draft), {
      ...Option.getOrElse(user, () => ({})),
      env: environment,
      detached: true, // Its own process group, so that its helpers can be stopped as well.
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output: Array<string> = []
    child.stdout.on("data", (chunk) => output.push(String(chunk)))
    child.stderr.on("data", (chunk) => output.push(String(chunk)))
    child.once("error", (cause) => fail(cause.message))
    child.once("close", (code) =>
      code === 0 ? resume(Effect.void) : fail(`initdb: ${output.join("").trim()}`)
    )
    return Effect.sync(() => child.pid !== undefined && signal(-child.pid, "SIGTERM"))
  }).pipe(
    Effect.timeoutFail({
      duration: "2 minutes",
      onTimeout: () => new DataDirUnusable({ directory, reason: "initdb takes over two minutes" })
    })
  )

const initdbArguments = (draft: string) => [
  `--pgdata=${join(draft, "data")}`,
  `--pwfile=${passwordIn(draft)}`,
  `--username=${superuser}`,
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--no-locale",
  "--data-checksums",
  "--no-instructions"
]

// A start that was killed leaves its preparation behind, under the pid of a dead process.
const removeDrafts = Effect.fnUntraced(function* (directory: string) {
  const names = yield* use(directory, () => readdir(dirname(directory)))
  const pattern = new RegExp(`^${basename(directory)}\\.new-(\\d+)-`)
  for (const name of names) {
    const pid = pattern.exec(name)?.[1]
    if (pid === undefined || (yield* isAlive(Number(pid)))) continue
    yield* remove(join(dirname(directory), name))
  }
})

const remove = (path: string): Effect.Effect<void> =>
  Effect.ignore(
    Effect.tryPromise(() =>
      rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    )
  )
