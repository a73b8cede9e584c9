/** The sandbox provider's own book over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import { Effect } from "effect"
import { log } from "../command/List.ts"
import { contract } from "../Contract.ts"
import { LedgerApi } from "./LedgerApi.ts"

export const layer = HttpApiBuilder.group(contract.add(LedgerApi), "sandbox", (handlers) =>
  Effect.map(SandboxLedger, (ledger) =>
    handlers.handle("ledger", ({ urlParams }) =>
      log(
        urlParams,
        (after, limit) => Effect.map(ledger.list(after, limit), ({ data }) => data),
        ({ id }) => id
      )
    )
  )
)
