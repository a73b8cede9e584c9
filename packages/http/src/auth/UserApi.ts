/** Contract of users. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Account } from "@souk/actors/auth/Accounts"
import { Role } from "@souk/domain/auth/Role"
import { UserId } from "@souk/domain/kernel/Ids"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { body, list, listQuery, path, query } from "../Contract.ts"
import { problem } from "../Problem.ts"
import { page, user } from "../docs/ExampleShop.ts"
import { Access } from "./Access.ts"
import { Authentication } from "./Authentication.ts"

export type User = Account

export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", {}) {
  override get message() {
    return "User not found."
  }
}

export const listed = HttpApiEndpoint.get("list", "/v1/users")
  .annotate(Access, "users:read")
  .annotate(OpenApi.Summary, "List users, newest first")
  .annotate(Examples, { response: { Users: page("/v1/users", user) } })
  .setUrlParams(query(listQuery(UserId)))
  .addSuccess(list(Account))

const setRole = HttpApiEndpoint.put("setRole", "/v1/users/:id/role")
  .annotate(Access, "users:write")
  .annotate(
    OpenApi.Summary,
    "Set a user's role; reductions apply at once, grants with the next token"
  )
  .annotate(Examples, {
    request: { RoleRequest: { role: "seller" } },
    response: { Seller: { ...user, role: "seller" } }
  })
  .setPath(path({ id: UserId }, () => new UserNotFound()))
  .setPayload(body({ role: Role }))
  .addSuccess(Account)
  .addError(problem(UserNotFound, { status: 404, title: "User not found" }))

export const UserApi = HttpApiGroup.make("users")
  .add(listed)
  .add(setRole)
  .middleware(Authentication)
