/** `souk user`: who has an account, and what they may do. */
import { Role } from "@souk/domain/auth/Role"
import type { User } from "@souk/http/auth/UserApi"
import { Effect } from "effect"
import * as Resource from "../Resource.ts"
import { moment } from "../Table.ts"
import * as Values from "../Values.ts"

const list = Resource.list({
  summary: "List users, newest first.",
  examples: [
    ["souk user list", "The newest accounts."],
    ["souk user list --limit 1000 --json | jq -r 'select(.role!=\"customer\").email'", "All staff."]
  ],
  notes: ["--json prints one user a line: {id, email, name, role, createdAt}."],
  things: "users",
  options: {},
  after: { ...Values.aUserId, says: "Only users who came before this one, to go on with a list." },
  page: (client, urlParams) => client.users.list({ urlParams }),
  idOf: ({ id }: User) => id,
  columns: [
    { title: "USER", cell: ({ id }) => id },
    { title: "E-MAIL", cell: ({ email }) => email },
    { title: "NAME", cell: ({ name }) => name },
    {
      title: "ROLE",
      cell: ({ role }) => role,
      paint: ({ role }) => (role === "customer" ? undefined : "bold")
    },
    { title: "SINCE", cell: ({ createdAt }) => moment(createdAt) }
  ],
  none: "There are no accounts yet."
})

const setRole = Resource.change({
  verb: "set-role",
  summary: "Set the role of a user.",
  examples: [["souk user set-role usr_4c1d9e8f7a6b5c4d --role seller", "Make a user a seller."]],
  notes: [
    "Asks for a confirmation. Without a terminal at stdin or stderr, --yes is required.",
    "--json prints the user as `souk user list --json` does."
  ],
  options: {
    id: Values.operand("user", { ...Values.aUserId, says: "The user, by id." }),
    role: Values.required("role", {
      placeholder: "<role>",
      says: `One of ${Role.literals.join(", ")}.`,
      schema: Role,
      expects: `a role: ${Role.literals.join(", ")}`
    })
  },
  confirms: true,
  isKeyed: false,
  isPreviewed: false,
  plan: ({ id, role }, shop) => ({
    question: `Make ${id} a ${role}?`,
    send: () =>
      Effect.map(
        shop.ask((client) => client.users.setRole({ path: { id }, payload: { role } })),
        (user) => ({
          data: user,
          words: `${user.email} is a ${user.role} now.`,
          say: "What is less is less at once; what is more comes with their next token."
        })
      )
  })
})

export const user = Resource.room("user", [list, setRole], "souk user list")
