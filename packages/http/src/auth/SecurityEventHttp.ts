/** What befell accounts and keys, over HTTP. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { SecurityLog } from "@souk/actors/auth/SecurityLog"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import { rowsDefault } from "../Contract.ts"
import type { Authentication } from "./Authentication.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "securityEvents">,
  never,
  Authentication | SecurityLog
> = HttpApiBuilder.group(Api, "securityEvents", (handlers) =>
  Effect.map(SecurityLog, (events) =>
    handlers.handle("read", ({ urlParams: { after = 0, limit = rowsDefault } }) =>
      Effect.map(Asking.orUnavailable(events.list(after, limit)), (data) => ({
        data,
        next: data.at(-1)?.position ?? null
      }))
    )
  )
)
