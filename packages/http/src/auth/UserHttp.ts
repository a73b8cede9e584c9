/** Handlers of users. */
import { HttpApiBuilder } from "@effect/platform"
import { Accounts } from "@souk/actors/auth/Accounts"
import { Effect, Option } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { list } from "../command/List.ts"
import { contract } from "../Contract.ts"
import { Caller } from "./Authentication.ts"
import { ShownKeys } from "./ShownKeys.ts"
import { listed, UserApi, UserNotFound } from "./UserApi.ts"

export const layer = HttpApiBuilder.group(contract.add(UserApi), "users", (handlers) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const keys = yield* ShownKeys
    return handlers
      .handle(
        "list",
        list(listed, accounts.list, ({ id }) => id)
      )
      .handle("setRole", ({ path: { id }, payload: { role } }) =>
        Effect.gen(function* () {
          const { principal } = yield* Caller
          // The role of its owner bounds the scopes of a key.
          const change = keys.changing(accounts.setRole(id, role, principal))
          const changed = yield* ActorRequest.orUnavailable(change)
          return yield* Option.match(changed, {
            onNone: () => new UserNotFound(),
            onSome: Effect.succeed
          })
        })
      )
  })
)
