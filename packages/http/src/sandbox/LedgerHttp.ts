/** The sandbox provider's own book over HTTP. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { SandboxLedger } from "@souk/actors/payment/SandboxLedger"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import { rowsDefault } from "../Contract.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "sandbox">,
  never,
  Authentication | SandboxLedger
> = HttpApiBuilder.group(Api, "sandbox", (handlers) =>
  Effect.map(SandboxLedger, (ledger) =>
    handlers.handle("ledger", ({ urlParams: { after = 0, limit = rowsDefault } }) =>
      Effect.map(Asking.orUnavailable(ledger.list(after, limit)), ({ data }) => ({
        data,
        next: data.at(-1)?.id ?? null
      }))
    )
  )
)
