/** Handler of the security log. */
import { HttpApiBuilder } from "@effect/platform"
import { SecurityLog } from "@souk/actors/auth/SecurityLog"
import { Effect } from "effect"
import { log } from "../command/List.ts"
import { contract } from "../Contract.ts"
import { SecurityEventApi } from "./SecurityEventApi.ts"

export const layer = HttpApiBuilder.group(
  contract.add(SecurityEventApi),
  "securityEvents",
  (handlers) =>
    Effect.map(SecurityLog, (events) =>
      handlers.handle("read", ({ urlParams }) =>
        log(urlParams, events.list, ({ position }) => position)
      )
    )
)
