/** `souk key` and `souk user`, and how help tells of them. */
import * as Command from "@effect/cli/Command"
import { scopes } from "@souk/domain/auth/Role"
import { Array as Arr } from "effect"
import * as Page from "../Page.ts"
import * as Key from "./KeyCli.ts"
import * as User from "./UserCli.ts"

export const key = Command.make("key").pipe(
  Command.withSubcommands([Key.create, Key.list, Key.revoke, Key.rotate])
)

export const user = Command.make("user").pipe(Command.withSubcommands([User.list, User.setRole]))

/** In lines that a terminal has room for. */
const scopeLines = Arr.chunksOf(scopes, 6).map((line) => `  ${line.join(", ")}`)

const keyFields = [
  "--json prints {id, name, scopes, hint, createdAt}, and ownerId, lastUsedAt,",
  "previousGoodUntil and revokedAt where there are such"
]

const id = "key_9b1f0c2d3e4a5b6c7d8e9f0a"

export const authPages = [
  Page.make("key", Key.create, {
    verb: "create",
    examples: [
      ["souk key create --name warehouse --scopes stock:read,stock:write", "A key for a program."],
      [
        "souk key create --name report --scopes orders:read,orders:all > report-key",
        "Straight into a file: stdout has the key, and nothing else."
      ]
    ],
    notes: [
      "The scopes:",
      ...scopeLines,
      "Nobody gives what they do not hold, and no key can have users:write or keys:write.",
      "Without an answer a key may have been made that nobody knows: see `souk key list`, and",
      "revoke it.",
      "--json prints the key as `souk key list --json` does, with the key itself as key."
    ]
  }),
  Page.make("key", Key.list, {
    verb: "list",
    examples: [
      ["souk key list", "Which keys are there, and when was each used last?"],
      ["souk key list --json | jq -r 'select(.lastUsedAt|not).id'", "Those that nobody uses."]
    ],
    notes: [...keyFields.slice(0, 1), `${keyFields[1]}. hint is how the key ends.`]
  }),
  Page.make("key", Key.revoke, {
    verb: "revoke",
    examples: [[`souk key revoke ${id}`, "Whoever shows it is sent away, within five seconds."]],
    notes: [
      "A key that is revoked cannot be brought back, so you are asked first. Where stdin or",
      "stderr is no terminal nobody can be asked, and --yes is required.",
      "--json prints the key as `souk key list --json` does."
    ]
  }),
  Page.make("key", Key.rotate, {
    verb: "rotate",
    examples: [
      [`souk key rotate ${id}`, "A new one; the old one is good for another day."],
      [`souk key rotate ${id} --overlap 0`, "The old one got out: it ends now."]
    ],
    notes: ["--json prints the key as `souk key create --json` does."]
  }),
  Page.make("user", User.list, {
    verb: "list",
    examples: [
      ["souk user list", "The newest accounts."],
      [
        "souk user list --limit 1000 --json | jq -r 'select(.role!=\"customer\").email'",
        "Who works here."
      ]
    ],
    notes: ["--json prints one user a line: {id, email, name, role, createdAt}."]
  }),
  Page.make("user", User.setRole, {
    verb: "set-role",
    examples: [["souk user set-role usr_4c1d9e8f7a6b5c4d --role seller", "A new colleague."]],
    notes: [
      "You are asked first. Where stdin or stderr is no terminal nobody can be asked, and --yes",
      "is required.",
      "--json prints the user as `souk user list --json` does."
    ]
  })
]
