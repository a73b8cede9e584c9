/** `souk user`: who has an account, and what they may do. */
import * as Command from "@effect/cli/Command"
import { Role } from "@souk/domain/auth/Role"
import { UserId } from "@souk/domain/kernel/Ids"
import type { User } from "@souk/http/auth/UserApi"
import { Effect } from "effect"
import { commonOptions } from "../CommonOptions.ts"
import * as Confirmation from "../Confirmation.ts"
import * as Listing from "../Listing.ts"
import { Output, type Paint } from "../Output.ts"
import * as Shop from "../Shop.ts"
import { moment, table } from "../Table.ts"
import * as Values from "../Values.ts"

const expected = "the id of a user: usr_ and letters or digits"

const inTable = (users: ReadonlyArray<User>, paint: Paint): string =>
  table<User>(
    [
      { title: "USER", cell: ({ id }) => id },
      { title: "E-MAIL", cell: ({ email }) => email },
      { title: "NAME", cell: ({ name }) => name },
      {
        title: "ROLE",
        cell: ({ role }) => role,
        paint: (cell, { role }) => (role === "customer" ? cell : paint.bold(cell))
      },
      { title: "SINCE", cell: ({ createdAt }) => moment(createdAt) }
    ],
    users,
    paint
  )

const listOptions = {
  limit: Listing.limitOption("users"),
  after: Values.optional("starting-after", {
    placeholder: "<user>",
    says: "Only users who came before this one, to go on with a list.",
    schema: UserId,
    expects: expected
  }),
  ...commonOptions
}

export const list = Command.make("list", listOptions, ({ keyFile, ...wish }) =>
  Effect.gen(function* () {
    const shop = yield* Shop.connect(keyFile)
    yield* Listing.tellList(
      {
        page: (urlParams) => shop.ask((client) => client.users.list({ urlParams })),
        idOf: ({ id }: User) => id,
        inTable,
        none: "Nobody has an account yet."
      },
      wish
    )
  })
).pipe(Command.withDescription("Everybody who has an account, newest first."))

const setRoleOptions = {
  id: Values.operand("user", { says: "Who, by their id.", schema: UserId, expects: expected }),
  role: Values.required("role", {
    placeholder: "<role>",
    says: `One of ${Role.literals.join(", ")}.`,
    schema: Role,
    expects: `a role: ${Role.literals.join(", ")}`
  }),
  ...Confirmation.confirmingOptions,
  ...commonOptions
}

export const setRole = Command.make("set-role", setRoleOptions, ({ id, keyFile, role, yes }) =>
  Effect.gen(function* () {
    const output = yield* Output
    yield* Confirmation.possible(yes)
    const shop = yield* Shop.connect(keyFile)
    yield* Confirmation.ask(yes, `Make ${id} a ${role}?`)
    const user = yield* shop.ask((client) =>
      client.users.setRole({ path: { id }, payload: { role } })
    )
    yield* output.data(user, () => `${user.email} is a ${user.role} now.`)
    yield* output.say("What is less is less at once; what is more comes with their next token.")
  })
).pipe(Command.withDescription("Say what somebody may do."))
