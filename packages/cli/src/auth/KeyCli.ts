/** `souk key`: what programs show instead of a person. */
import { Scope, scopes as allScopes } from "@souk/domain/auth/Role"
import { ApiKeyId } from "@souk/domain/kernel/Ids"
import { name } from "@souk/domain/kernel/Text"
import { overlapSecondsMax, type ToldApiKey } from "@souk/http/auth/ApiKeyApi"
import { Array as Arr, Effect, Redacted, Schema } from "effect"
import * as Resource from "../Resource.ts"
import { moment } from "../Table.ts"
import * as Values from "../Values.ts"

type Told = typeof ToldApiKey.Type
type ApiKey = Omit<Told, "key">

const aKeyId = {
  placeholder: "<key>",
  schema: ApiKeyId,
  expects: "the id of a key: key_ and letters or digits"
}
const id = Values.operand("key", { ...aKeyId, says: "The key, by its id; not the secret." })

const example = "key_9b1f0c2d3e4a5b6c7d8e9f0a"

/** Shows a key, this once: on stdout, alone, so that it can be piped to where it is kept. */
const revealed = (told: Told, words: string) => {
  const key = Redacted.value(told.key)
  return {
    data: { ...told, key },
    words: key,
    say: `${words} It is shown this once: keep it now.`
  }
}

const Scopes = Schema.compose(Schema.split(","), Schema.NonEmptyArray(Scope)).pipe(
  Schema.filter((scopes) => scopes.length <= allScopes.length)
)

const create = Resource.change({
  verb: "create",
  summary: "Create an API key; the secret is shown once.",
  examples: [
    ["souk key create --name warehouse --scopes stock:read,stock:write", "A key for a program."],
    [
      "souk key create --name report --scopes orders:read,orders:all > report-key",
      "Into a file: stdout has only the key."
    ]
  ],
  notes: [
    "The scopes:",
    // In lines that a terminal has room for.
    ...Arr.chunksOf(allScopes, 6).map((line) => `  ${line.join(", ")}`),
    "A key cannot have scopes that you do not hold, nor users:write or keys:write.",
    "Without an answer a key may exist whose secret is lost: see `souk key list`, and",
    "revoke it.",
    "--json prints the key as `souk key list --json` does, with the key itself as key."
  ],
  options: {
    name: Values.required("name", {
      ...Values.textTo(100),
      says: "What the key is for.",
      schema: name(100)
    }),
    scopes: Values.required("scopes", {
      placeholder: "<scopes>",
      says: "What it may do, separated by commas.",
      schema: Scopes,
      expects: `scopes, separated by commas: ${allScopes.join(", ")}`
    })
  },
  isPreviewed: false,
  plan: (payload, shop) => ({
    send: (headers) =>
      Effect.map(
        shop.ask((client) => client.apiKeys.create({ headers, payload })),
        (told) => revealed(told, `Made ${told.id} for ${told.scopes.join(", ")}.`)
      )
  })
})

const stateOf = ({ previousGoodUntil, revokedAt }: ApiKey): string => {
  if (revokedAt !== undefined) return `revoked ${moment(revokedAt)}`
  return previousGoodUntil === undefined ? "good" : `good, rotated`
}

const list = Resource.list({
  summary: "List API keys including revoked ones, newest first.",
  examples: [
    ["souk key list", "Which keys are there, and when was each used last?"],
    ["souk key list --json | jq -r 'select(.lastUsedAt|not).id'", "Keys that were never used."]
  ],
  notes: [
    "--json prints {id, name, scopes, hint, createdAt}, and ownerId, lastUsedAt,",
    "previousGoodUntil and revokedAt where there are such. hint is how the key ends."
  ],
  things: "keys",
  options: {},
  after: { ...aKeyId, says: "Only keys made before this one, to go on with a list." },
  page: (client, urlParams) => client.apiKeys.list({ urlParams }),
  idOf: ({ id }: ApiKey) => id,
  columns: [
    { title: "KEY", cell: ({ id }) => id },
    { title: "NAME", cell: ({ name }) => name },
    { title: "ENDS WITH", cell: ({ hint }) => hint },
    {
      title: "STATE",
      cell: stateOf,
      paint: ({ revokedAt }) => (revokedAt === undefined ? "good" : "dim")
    },
    { title: "LAST USED", cell: ({ lastUsedAt }) => (lastUsedAt ? moment(lastUsedAt) : "never") },
    { title: "SCOPES", cell: ({ scopes }) => scopes.join(",") }
  ],
  none: "There are no keys."
})

const revoke = Resource.change({
  verb: "revoke",
  summary: "Revoke an API key.",
  examples: [[`souk key revoke ${example}`, "Requests with it are refused within five seconds."]],
  notes: [
    "A revoked key cannot be restored, so the command asks for a confirmation. Without a",
    "terminal at stdin or stderr, --yes is required.",
    "--json prints the key as `souk key list --json` does."
  ],
  options: { id },
  confirms: true,
  isKeyed: false,
  isPreviewed: false,
  plan: ({ id }, shop) => ({
    question: `Revoke ${id}? Requests with it will be refused.`,
    send: () =>
      Effect.map(
        shop.ask((client) => client.apiKeys.revoke({ path: { id } })),
        (key) => {
          const since = key.revokedAt === undefined ? "" : ` since ${moment(key.revokedAt)}`
          return { data: key, words: `${id} is revoked${since}; it was for: ${key.name}.` }
        }
      )
  })
})

const rotate = Resource.change({
  verb: "rotate",
  summary: "Rotate an API key; the old secret stays valid for a grace period.",
  examples: [
    [`souk key rotate ${example}`, "A new secret; the old one stays valid for a day."],
    [`souk key rotate ${example} --overlap 0`, "The old secret was leaked: it is refused at once."]
  ],
  notes: ["--json prints the key as `souk key create --json` does."],
  options: {
    id,
    overlapSeconds: Values.optional("overlap", {
      placeholder: "<seconds>",
      says: "How long the old secret stays valid; a day unless given.",
      ...Values.wholeFrom(0, overlapSecondsMax)
    })
  },
  isPreviewed: false,
  plan: ({ id, overlapSeconds }, shop) => ({
    send: (headers) => {
      const request = { path: { id }, headers, payload: Values.given({ overlapSeconds }) }
      return Effect.map(
        shop.ask((client) => client.apiKeys.rotate(request)),
        (told) => {
          const until = told.previousGoodUntil
          const ends = until === undefined ? "is void" : `ends ${moment(until)}`
          return revealed(told, `Rotated ${id}. The old one ${ends}.`)
        }
      )
    }
  })
})

export const key = Resource.room("key", [create, list, revoke, rotate], "souk key list")
