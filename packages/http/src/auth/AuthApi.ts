/** Contract of registration, login, refresh and logout. */
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "@effect/platform"
import { Account, EmailTaken } from "@souk/actors/auth/Accounts"
import { VerificationKey } from "@souk/actors/auth/VerificationKeys"
import { Email, Password, PersonName } from "@souk/domain/auth/Credentials"
import { text } from "@souk/domain/kernel/Text"
import { Schema } from "effect"
import { Examples, LoginAdmission, RateLimit } from "../Annotations.ts"
import { body, withStatus } from "../Contract.ts"
import { problem, tooManyRequests } from "../Problem.ts"
import { user } from "../docs/ExampleShop.ts"
import { Access } from "./Access.ts"

/** A logged-in user with its tokens. */
export const SignedIn = Schema.Struct({
  user: Account,
  /** For `Authorization: Bearer`, valid for 15 minutes. */
  accessToken: Schema.Redacted(Schema.String),
  /** For one call of `/v1/auth/refresh`. */
  refreshToken: Schema.Redacted(Schema.String),
  expiresInSeconds: Schema.Int
}).annotations({ identifier: "SignedIn" })
export type SignedIn = typeof SignedIn.Type

/** The same for a wrong password and an unknown email, and after the same time. */
export class WrongCredentials extends Schema.TaggedError<WrongCredentials>()(
  "WrongCredentials",
  {}
) {
  override get message() {
    return "Invalid email or password."
  }
}

/** The refresh token is unknown, expired, used, or of a session that was ended. */
export class LoginOver extends Schema.TaggedError<LoginOver>()("LoginOver", {}) {
  override get message() {
    return "The session has ended. Log in again."
  }
}

const credentials = { email: "ada@example.com", password: "correct horse" }

const signedIn = {
  SignedIn: {
    user,
    accessToken: "the.access.token",
    refreshToken: "rt_the-next-token",
    expiresInSeconds: 900
  }
}

const shownToken = { RefreshToken: { refreshToken: "rt_the-token-as-it-was-told" } }

const register = HttpApiEndpoint.post("register", "/v1/auth/register")
  .annotate(RateLimit, "auth")
  .annotate(LoginAdmission, true)
  .annotate(OpenApi.Summary, "Register a customer account and log in")
  .annotate(Examples, {
    request: { Registration: { ...credentials, name: "Ada" } },
    response: signedIn
  })
  .setPayload(body({ email: Email, password: Schema.Redacted(Password), name: PersonName }))
  .addSuccess(withStatus(SignedIn, 201))
  .addError(
    problem(EmailTaken, { status: 409, title: "Email already registered", source: "#/email" })
  )
  .addError(tooManyRequests)

const login = HttpApiEndpoint.post("login", "/v1/auth/login")
  .annotate(RateLimit, "auth")
  .annotate(LoginAdmission, true)
  .annotate(OpenApi.Summary, "Log in")
  .annotate(Examples, { request: { Login: credentials }, response: signedIn })
  .setPayload(body({ email: Email, password: Schema.Redacted(Password) }))
  .addSuccess(SignedIn)
  .addError(problem(WrongCredentials, { status: 401, title: "Invalid email or password" }))
  .addError(tooManyRequests)

/** Longer than any issued token. */
const refreshToken = Schema.Redacted(text(200))

const refresh = HttpApiEndpoint.post("refresh", "/v1/auth/refresh")
  .annotate(RateLimit, "auth")
  .annotate(OpenApi.Summary, "Exchange a refresh token for a new access and refresh token")
  .annotate(Examples, { request: shownToken, response: signedIn })
  .setPayload(body({ refreshToken }))
  .addSuccess(SignedIn)
  .addError(problem(LoginOver, { status: 401, title: "Session ended" }))

const logout = HttpApiEndpoint.post("logout", "/v1/auth/logout")
  .annotate(RateLimit, "auth")
  .annotate(OpenApi.Summary, "Log out; repeating it has no effect")
  .annotate(Examples, { request: shownToken })
  .setPayload(body({ refreshToken }))
  .addSuccess(HttpApiSchema.NoContent)

const keys = HttpApiEndpoint.get("keys", "/.well-known/jwks.json")
  .annotate(OpenApi.Summary, "Get the public keys of access tokens (JWKS)")
  .annotate(Examples, {
    response: {
      VerificationKeys: {
        keys: [
          {
            kid: "2026-03",
            kty: "OKP",
            crv: "Ed25519",
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            alg: "EdDSA",
            use: "sig"
          }
        ]
      }
    }
  })
  .addSuccess(Schema.Struct({ keys: Schema.Array(VerificationKey) }))

export const AuthApi = HttpApiGroup.make("auth")
  .annotate(Access, "everyone")
  .add(register)
  .add(login)
  .add(refresh)
  .add(logout)
  .add(keys)
