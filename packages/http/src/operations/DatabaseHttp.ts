/** The database over HTTP, for operators. */
import { HttpApiBuilder, type HttpApiGroup } from "@effect/platform"
import { DatabaseReports } from "@souk/actors/database/DatabaseReport"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { Effect, type Layer, Option } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../command/Asking.ts"
import { type Authentication, Caller } from "../auth/Authentication.ts"
import { ReadModelNotFound } from "./DatabaseApi.ts"

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "database">,
  never,
  Authentication | DatabaseReports | ReadModels
> = HttpApiBuilder.group(Api, "database", (handlers) =>
  Effect.gen(function* () {
    const reports = yield* DatabaseReports
    const models = yield* ReadModels
    return handlers
      .handle("report", () => Asking.orUnavailable(reports.read))
      .handle("rebuild", ({ path: { name } }) =>
        Effect.gen(function* () {
          const begun = yield* Asking.orUnavailable(models.rebuild(name))
          if (Option.isNone(begun)) return yield* new ReadModelNotFound({ name })
          const { who } = yield* Caller
          yield* Effect.logInfo(`${who} has read model ${name} rebuilt`)
          return { name, ...begun.value }
        })
      )
  })
)
