/** The database over HTTP, for operators. */
import { HttpApiBuilder } from "@effect/platform"
import { DatabaseReports } from "@souk/actors/database/DatabaseReport"
import { ReadModels } from "@souk/actors/projection/ReadModels"
import { Effect, Option } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { Caller } from "../auth/Authentication.ts"
import { contract } from "../Contract.ts"
import { DatabaseApi, ReadModelNotFound } from "./DatabaseApi.ts"

export const layer = HttpApiBuilder.group(contract.add(DatabaseApi), "database", (handlers) =>
  Effect.gen(function* () {
    const reports = yield* DatabaseReports
    const models = yield* ReadModels
    return handlers
      .handle("report", () => ActorRequest.orUnavailable(reports.read))
      .handle("rebuild", ({ path: { name } }) =>
        Effect.gen(function* () {
          const begun = yield* ActorRequest.orUnavailable(models.rebuild(name))
          if (Option.isNone(begun)) return yield* new ReadModelNotFound({ name })
          const { principal } = yield* Caller
          yield* Effect.logInfo(`${principal} has read model ${name} rebuilt`)
          return { name, ...begun.value }
        })
      )
  })
)
