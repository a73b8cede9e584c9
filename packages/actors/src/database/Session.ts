/** A dedicated connection, for locks, checks and migrations, which must not share one. */
import { Deferred, Effect, Redacted, Schema, type Scope } from "effect"
import * as Pg from "pg"

/** The connection failed or was refused. `code` is the server's or the system's. */
export class ConnectionFailed extends Schema.TaggedError<ConnectionFailed>()("ConnectionFailed", {
  code: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `no connection to Postgres: ${this.reason} (${this.code}); see that it runs`
  }
}

/** A statement was refused, or its connection was lost. `position` counts characters from 1. */
export class QueryFailed extends Schema.TaggedError<QueryFailed>()("QueryFailed", {
  code: Schema.String,
  reason: Schema.String,
  position: Schema.optional(Schema.Number)
}) {
  override get message() {
    return `Postgres refused a statement: ${this.reason} (${this.code}); its log says more`
  }
}

export interface Session {
  /** The rows of one statement. A row that does not fit the schema is a bug: a defect. */
  readonly rows: <A, I>(
    row: Schema.Schema<A, I>,
    text: string,
    values?: ReadonlyArray<string | number>
  ) => Effect.Effect<ReadonlyArray<A>, QueryFailed>
  /** Runs a script of any number of statements. */
  readonly run: (script: string) => Effect.Effect<void, QueryFailed>
  /** Calls `notified` for each notification on this channel. */
  readonly listen: (channel: string, notified: () => void) => Effect.Effect<void, QueryFailed>
  /** Succeeds once the connection has ended, on either side. */
  readonly ended: Effect.Effect<void>
}

/** Connects, and disconnects when the scope closes. A dying server ends the session only. */
export const open = Effect.fnUntraced(function* (
  url: Redacted.Redacted,
  applicationName: string
): Effect.fn.Return<Session, ConnectionFailed, Scope.Scope> {
  const ended = yield* Deferred.make<void>()
  const client = yield* Effect.try({
    try: () => new Pg.Client({ ...connection(url), application_name: applicationName }),
    catch: (cause) => new ConnectionFailed(describe(cause))
  })
  client.on("error", () => undefined) // An "end" follows every error, and is handled.
  client.once("end", () => Deferred.unsafeDone(ended, Effect.void))
  yield* Effect.acquireRelease(connect(client), () => disconnect(client))
  return {
    rows: (row, text, values = []) =>
      query(client, text, values).pipe(
        Effect.flatMap((result) =>
          Effect.orDie(Schema.decodeUnknown(Schema.Array(row))(result.rows))
        )
      ),
    run: (script) => Effect.asVoid(query(client, script)),
    listen: (channel, notified) => {
      client.on("notification", (message) => {
        if (message.channel === channel) notified()
      })
      return Effect.asVoid(query(client, `LISTEN ${Pg.escapeIdentifier(channel)}`))
    },
    ended: Deferred.await(ended)
  }
})

/** The options of every connection of the shop. A peer that vanished is noticed in 20 s. */
export const connection = (url: Redacted.Redacted): Pg.ClientConfig => ({
  connectionString: Redacted.value(url),
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000
})

const connect = (client: Pg.Client): Effect.Effect<void, ConnectionFailed> =>
  Effect.tryPromise({
    try: () => client.connect(),
    catch: (cause) => new ConnectionFailed(describe(cause))
  })

const disconnect = (client: Pg.Client): Effect.Effect<void> =>
  Effect.promise(() => client.end()).pipe(
    Effect.interruptible,
    Effect.timeoutOption("1 second"),
    Effect.asVoid
  )

// Without values the simple protocol is used, which alone takes several statements at once.
const query = (
  client: Pg.Client,
  text: string,
  values?: ReadonlyArray<string | number>
): Effect.Effect<Pg.QueryResult, QueryFailed> =>
  Effect.tryPromise({
    try: () => (values === undefined ? client.query(text) : client.query(text, [...values])),
    catch: (cause) => new QueryFailed(describe(cause))
  })

const describe = (cause: unknown) => ({
  code: textOf(cause, "code") ?? "no code",
  reason: textOf(cause, "message") || String(cause),
  position: cause instanceof Pg.DatabaseError ? Number(cause.position) || undefined : undefined
})

const textOf = (value: unknown, key: "code" | "message"): string | undefined => {
  const text: unknown = typeof value === "object" && value !== null && Reflect.get(value, key)
  return typeof text === "string" ? text : undefined
}
