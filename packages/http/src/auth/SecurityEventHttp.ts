/** What befell accounts and keys, over HTTP. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { SecurityLog } from "@souk/actors/auth/SecurityLog"
import { Effect, type Layer } from "effect"
import { Api } from "../Api.ts"
import { log } from "../command/List.ts"
import type { Authentication } from "./Authentication.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "securityEvents">,
  never,
  Authentication | SecurityLog
> = HttpApiBuilder.group(Api, "securityEvents", (handlers) =>
  Effect.map(SecurityLog, (events) =>
    handlers.handle("read", ({ urlParams }) =>
      log(urlParams, events.list, ({ position }) => position)
    )
  )
)
