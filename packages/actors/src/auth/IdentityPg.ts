/** All services of authentication, on Postgres. */
import type { SqlClient } from "@effect/sql"
import { Layer } from "effect"
import type { Accounts } from "./Accounts.ts"
import * as AccountsPg from "./AccountsPg.ts"
import type { ApiKeys } from "./ApiKeys.ts"
import * as ApiKeysPg from "./ApiKeysPg.ts"
import type { Database } from "../database/Database.ts"
import type { CredentialChanges } from "./CredentialChanges.ts"
import * as CredentialChangesPg from "./CredentialChangesPg.ts"
import type { LoginThrottle } from "./LoginThrottle.ts"
import * as LoginThrottlePg from "./LoginThrottlePg.ts"
import type { SecretAnswers } from "./SecretAnswers.ts"
import * as SecretAnswersPg from "./SecretAnswersPg.ts"
import type { SecurityLog } from "./SecurityLog.ts"
import * as SecurityLogPg from "./SecurityLogPg.ts"
import type { Sessions } from "./Sessions.ts"
import * as SessionsPg from "./SessionsPg.ts"
import type { VerificationKeys } from "./VerificationKeys.ts"
import * as VerificationKeysPg from "./VerificationKeysPg.ts"

export type Identity =
  | Accounts
  | ApiKeys
  | CredentialChanges
  | LoginThrottle
  | SecretAnswers
  | SecurityLog
  | Sessions
  | VerificationKeys

export const layer: Layer.Layer<Identity, never, Database | SqlClient.SqlClient> = Layer.mergeAll(
  AccountsPg.layer,
  ApiKeysPg.layer,
  CredentialChangesPg.layer,
  LoginThrottlePg.layer,
  SecretAnswersPg.layer,
  SecurityLogPg.layer,
  SessionsPg.layer,
  VerificationKeysPg.layer
)
