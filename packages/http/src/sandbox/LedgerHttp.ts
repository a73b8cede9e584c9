/** The sandbox provider's own book over HTTP. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import { log } from "../command/List.ts"
import type { Authentication } from "../auth/Authentication.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "sandbox">,
  never,
  Authentication | SandboxLedger
> = HttpApiBuilder.group(Api, "sandbox", (handlers) =>
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
