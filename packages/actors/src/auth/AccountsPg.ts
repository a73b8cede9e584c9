/** Accounts in their own table. */
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { orUnavailable } from "../journal/Journal.ts"
import * as ListPage from "../projection/ListPage.ts"
import { Account, Accounts, EmailTaken } from "./Accounts.ts"

const decodeDocs = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ doc: Account })))

const decodeKnown = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({
      doc: Account,
      password_hash: Schema.Redacted(Schema.String),
      is_familiar: Schema.Boolean
    })
  )
)

const first = (rows: unknown) => Option.fromNullable(decodeDocs(rows)[0]?.doc)

const make = Effect.map(SqlClient.SqlClient, (sql) => {
  const page = ListPage.make({ sql, table: "account_list", key: "id", item: Account })
  return Accounts.of({
    register: ({ email, id, name, passwordHash }) =>
      sql`
        WITH made AS (
          INSERT INTO account (id, email, name, role, password_hash)
          VALUES (${id}, ${email}, ${name}, 'customer', ${Redacted.value(passwordHash)})
          ON CONFLICT (email) DO NOTHING
          RETURNING account
        ), told AS (
          INSERT INTO security_event (type, subject, who, detail)
          SELECT 'AccountRegistered', (account).id, 'customer:' || (account).id, '{}' FROM made
        )
        SELECT account_doc(account) AS doc FROM made`.pipe(
        orUnavailable,
        Effect.flatMap((rows) =>
          Option.match(first(rows), {
            onNone: () => new EmailTaken(),
            onSome: Effect.succeed
          })
        )
      ),
    findByEmail: (email, client) =>
      sql`
        SELECT account_doc(account) AS doc, password_hash,
          EXISTS (SELECT FROM session WHERE account_id = account.id AND client = ${client})
            AS is_familiar
        FROM account WHERE email = ${email}`.pipe(
        Effect.map((rows) =>
          Option.map(
            Option.fromNullable(decodeKnown(rows)[0]),
            ({ doc, is_familiar, password_hash }) => ({
              account: doc,
              isFamiliar: is_familiar,
              passwordHash: password_hash
            })
          )
        ),
        orUnavailable
      ),
    find: (id) =>
      sql`SELECT doc FROM account_list WHERE id = ${id}`.pipe(Effect.map(first), orUnavailable),
    list: (query) => page([], [], query),
    setRole: (id, role, who) =>
      sql`
        WITH before AS (
          SELECT id, role FROM account WHERE id = ${id} FOR UPDATE
        ), changed AS (
          UPDATE account SET role = ${role} FROM before WHERE account.id = before.id
          RETURNING account, before.role AS was
        ), told AS (
          INSERT INTO security_event (type, subject, who, detail)
          SELECT 'RoleSet', (account).id, ${who},
            json_build_object('from', was, 'to', (account).role)
          FROM changed WHERE was <> (account).role
        )
        SELECT account_doc(account) AS doc FROM changed`.pipe(Effect.map(first), orUnavailable),
    rehash: (id, from, to) =>
      Effect.asVoid(sql`
        UPDATE account SET password_hash = ${Redacted.value(to)}
        WHERE id = ${id} AND password_hash = ${Redacted.value(from)}`).pipe(orUnavailable)
  })
})

export const layer: Layer.Layer<Accounts, never, SqlClient.SqlClient> = Layer.effect(Accounts, make)
