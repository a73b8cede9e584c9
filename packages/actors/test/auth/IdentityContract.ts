/** What is promised about who may come in, wherever that is kept. */
import { accountsContract } from "./AccountsContract.ts"
import { apiKeysContract } from "./ApiKeysContract.ts"
import type { Place } from "./People.ts"
import { secretAnswersContract } from "./SecretAnswersContract.ts"
import { sessionsContract } from "./SessionsContract.ts"
import { sharedContract } from "./SharedContract.ts"

export const identityContract = <R>(place: Place<R>) => {
  accountsContract(place)
  sessionsContract(place)
  apiKeysContract(place)
  sharedContract(place)
  secretAnswersContract(place)
}
