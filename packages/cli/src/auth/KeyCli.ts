/** `souk key`: what programs show instead of a person. */
import * as Command from "@effect/cli/Command"
import { Scope, scopes as allScopes } from "@souk/domain/auth/Role"
import { ApiKeyId } from "@souk/domain/kernel/Ids"
import { name } from "@souk/domain/kernel/Text"
import { overlapSecondsMax, type ToldApiKey } from "@souk/http/auth/ApiKeyApi"
import { Effect, Option, Redacted, Schema } from "effect"
import * as Attempt from "../Attempt.ts"
import { changingOptions, commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import * as Listing from "../Listing.ts"
import { Output, type Paint } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { moment, table } from "../Table.ts"
import * as Values from "../Values.ts"

type Told = typeof ToldApiKey.Type
type ApiKey = Omit<Told, "key">

const keyId = Values.operand("key", {
  says: "The key, by its id; not the key itself.",
  schema: ApiKeyId,
  expects: "the id of a key: key_ and letters or digits"
})

const stateOf = ({ previousGoodUntil, revokedAt }: ApiKey): string => {
  if (revokedAt !== undefined) return `revoked ${moment(revokedAt)}`
  return previousGoodUntil === undefined ? "good" : `good, rotated`
}

const inTable = (keys: ReadonlyArray<ApiKey>, paint: Paint): string =>
  table<ApiKey>(
    [
      { title: "KEY", cell: ({ id }) => id },
      { title: "NAME", cell: ({ name }) => name },
      { title: "ENDS WITH", cell: ({ hint }) => hint },
      {
        title: "STATE",
        cell: stateOf,
        paint: (cell, { revokedAt }) => (revokedAt === undefined ? paint.good : paint.dim)(cell)
      },
      { title: "LAST USED", cell: ({ lastUsedAt }) => (lastUsedAt ? moment(lastUsedAt) : "never") },
      { title: "SCOPES", cell: ({ scopes }) => scopes.join(",") }
    ],
    keys,
    paint
  )

/** Shows a key, this once: on stdout, alone, so that it can be piped to where it is kept. */
const reveal = (told: Told, words: string) =>
  Effect.gen(function* () {
    const output = yield* Output
    const key = Redacted.value(told.key)
    yield* output.say(`${words} It is shown this once: keep it now.`)
    yield* output.data({ ...told, key }, () => key)
  })

const Scopes = Schema.compose(Schema.split(","), Schema.NonEmptyArray(Scope)).pipe(
  Schema.filter((scopes) => scopes.length <= allScopes.length)
)

const createOptions = {
  name: Values.required("name", {
    placeholder: "<text>",
    says: "What the key is for.",
    schema: name(100),
    expects: "a text of 1 to 100 characters"
  }),
  scopes: Values.required("scopes", {
    placeholder: "<scopes>",
    says: "What it may do, separated by commas.",
    schema: Scopes,
    expects: `scopes, separated by commas: ${allScopes.join(", ")}`
  }),
  idempotencyKey: changingOptions.idempotencyKey,
  ...commonOptions
}

export const create = Command.make("create", createOptions, (given) =>
  Effect.gen(function* () {
    const { name, scopes } = given
    const shop = yield* Shop.connect(given.keyFile)
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const told = yield* shop.ask((client) =>
          client.apiKeys.create({ headers, payload: { name, scopes } })
        )
        yield* reveal(told, `Made ${told.id} for ${told.scopes.join(", ")}.`)
      })
    )
  })
).pipe(Command.withDescription("Make a key for a program; it is shown once."))

const listOptions = {
  limit: Listing.limitOption("keys"),
  after: Values.optional("starting-after", {
    placeholder: "<key>",
    says: "Only keys made before this one, to go on with a list.",
    schema: ApiKeyId,
    expects: "the id of a key: key_ and letters or digits"
  }),
  ...commonOptions
}

export const list = Command.make("list", listOptions, ({ keyFile, ...wish }) =>
  Effect.gen(function* () {
    const shop = yield* Shop.connect(keyFile)
    yield* Listing.tellList(
      {
        page: (urlParams) => shop.ask((client) => client.apiKeys.list({ urlParams })),
        idOf: ({ id }: ApiKey) => id,
        inTable,
        none: "There are no keys."
      },
      wish
    )
  })
).pipe(Command.withDescription("Keys, newest first, also those that are revoked."))

const rotateOptions = {
  id: keyId,
  overlap: Values.optional("overlap", {
    placeholder: "<seconds>",
    says: "How long the old one stays good; a day unless given.",
    schema: Schema.compose(Values.whole, Schema.Number.pipe(Schema.between(0, overlapSecondsMax))),
    expects: `a whole number from 0 to ${overlapSecondsMax}`
  }),
  idempotencyKey: changingOptions.idempotencyKey,
  ...commonOptions
}

export const rotate = Command.make("rotate", rotateOptions, (given) =>
  Effect.gen(function* () {
    const { id, overlap } = given
    const shop = yield* Shop.connect(given.keyFile)
    const payload = Option.isSome(overlap) ? { overlapSeconds: overlap.value } : {}
    yield* Attempt.once(given.idempotencyKey, (key) =>
      Effect.gen(function* () {
        const headers = { "idempotency-key": key }
        const told = yield* shop.ask((client) =>
          client.apiKeys.rotate({ path: { id }, headers, payload })
        )
        const { previousGoodUntil: until } = told
        const old =
          until === undefined ? "The old one is void." : `The old one ends ${moment(until)}.`
        yield* reveal(told, `Rotated ${id}. ${old}`)
      })
    )
  })
).pipe(Command.withDescription("Another key under the same id; the old one is good for a while."))

const revokeOptions = { id: keyId, ...Confirmation.confirmingOptions, ...commonOptions }

export const revoke = Command.make("revoke", revokeOptions, ({ id, keyFile, yes }) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(keyFile)
    yield* Confirmation.ask(yes, `Revoke ${id}? Whoever shows it is sent away from then on.`)
    const key = yield* shop.ask((client) => client.apiKeys.revoke({ path: { id } }))
    const since = key.revokedAt === undefined ? "" : ` since ${moment(key.revokedAt)}`
    yield* output.data(key, () => `${id} is revoked${since}; it was for: ${key.name}.`)
  })
).pipe(Command.withDescription("End a key for good."))
