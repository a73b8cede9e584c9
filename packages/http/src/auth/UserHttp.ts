/** The shop's people over HTTP. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { Accounts } from "@souk/actors/auth/Accounts"
import { Effect, type Layer, Option } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../command/Asking.ts"
import { list } from "../command/List.ts"
import { type Authentication, Caller } from "./Authentication.ts"
import { ShownKeys } from "./ShownKeys.ts"
import { listed, UserNotFound } from "./UserApi.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "users">,
  never,
  Authentication | Accounts | ShownKeys
> = HttpApiBuilder.group(Api, "users", (handlers) =>
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
          const { who } = yield* Caller
          // Keys are bounded by what their owner is.
          const change = keys.changing(accounts.setRole(id, role, who))
          const changed = yield* Asking.orUnavailable(change)
          return yield* Option.match(changed, {
            onNone: () => new UserNotFound(),
            onSome: Effect.succeed
          })
        })
      )
  })
)
