/** The health of this process over HTTP. */
import { HttpApiBuilder } from "@effect/platform"
import { Readiness } from "@souk/actors/cluster/Readiness"
import { Effect } from "effect"
import { contract } from "../Contract.ts"
import { Shutdown } from "../Shutdown.ts"
import { HealthApi, NotReady } from "./HealthApi.ts"

const draining = { name: "door", isOk: false, detail: "is being closed" }

export const layer = HttpApiBuilder.group(contract.add(HealthApi), "health", (handlers) =>
  Effect.gen(function* () {
    const readiness = yield* Readiness
    const drain = yield* Shutdown
    return handlers
      .handle("live", () => Effect.succeed({ status: "ok" } as const))
      .handle("ready", () =>
        Effect.gen(function* () {
          if (drain.isShuttingDown()) return yield* new NotReady({ checks: [draining] })
          const checks = yield* readiness.check
          const isReady = checks.every(({ isOk }) => isOk)
          return yield* isReady
            ? Effect.succeed({ status: "ready", checks } as const)
            : new NotReady({ checks })
        })
      )
  })
)
