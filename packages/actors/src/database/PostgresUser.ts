/** The user that Postgres runs as: never root, also when root starts the shop. */
import { Array as Arr, Effect, Option, Schema } from "effect"
import type { Stats } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"

/** Root has started the shop, and this machine has no unprivileged user for Postgres. */
export class PostgresUserMissing extends Schema.TaggedError<PostgresUserMissing>()(
  "PostgresUserMissing",
  {}
) {
  override get message() {
    return (
      "Postgres refuses to run as root, and there is no user `postgres` or `nobody` here: " +
      "run `useradd postgres`, or start Souk as an ordinary user"
    )
  }
}

/** The user of Postgres cannot reach its programs or its data. */
export class PathClosed extends Schema.TaggedError<PathClosed>()("PathClosed", {
  path: Schema.String,
  closedAt: Schema.String,
  uid: Schema.Number
}) {
  override get message() {
    return (
      `Postgres refuses to run as root, so it runs as user ${this.uid}, who may not pass ` +
      `${this.closedAt} on the way to ${this.path}: run \`chmod o+x ${this.closedAt}\`, ` +
      "or start Souk as an ordinary user"
    )
  }
}

export interface PostgresUser {
  readonly uid: number
  readonly gid: number
}

/** None unless root starts the shop; then the data's owner, or an unprivileged user. */
export const choose = Effect.fnUntraced(function* (data: string) {
  if (process.getuid?.() !== 0) return Option.none<PostgresUser>()
  const owner = yield* Effect.option(Effect.tryPromise(() => stat(data)))
  if (Option.isSome(owner) && owner.value.uid !== 0) return Option.some(ids(owner.value))
  const users = yield* Effect.tryPromise(() => readFile("/etc/passwd", "utf8")).pipe(
    Effect.map((text) => text.split("\n").map((line) => line.split(":"))),
    Effect.orElseSucceed(() => [])
  )
  const found = Arr.findFirst(["postgres", "nobody"], (name) =>
    Arr.findFirst(users, (user) => user[0] === name && Number(user[2]) > 0)
  )
  if (Option.isNone(found)) return yield* new PostgresUserMissing()
  return Option.map(found, ([, , uid, gid]) => ({ uid: Number(uid), gid: Number(gid) }))
})

/** Fails with the first directory of the path, itself included, that the user cannot enter. */
export const mayReach = Effect.fnUntraced(function* (user: PostgresUser, path: string) {
  for (const step of stepsTo(path)) {
    const stats = yield* Effect.option(Effect.tryPromise(() => stat(step)))
    if (Option.isSome(stats) && !mayPass(user, stats.value)) {
      return yield* new PathClosed({ path, closedAt: step, uid: user.uid })
    }
  }
})

const ids = ({ uid, gid }: Stats): PostgresUser => ({ uid, gid })

const stepsTo = (path: string): ReadonlyArray<string> =>
  path === dirname(path) ? [path] : [...stepsTo(dirname(path)), path]

const mayPass = (user: PostgresUser, { uid, gid, mode }: Stats): boolean => {
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  return (mode & bit) !== 0
}
