/** The auditor's export over HTTP. */
import { HttpApiBuilder, type HttpApiGroup, HttpServerResponse } from "@effect/platform"
import { Journal, type Recorded } from "@souk/actors/journal/Journal"
import { Effect, type Layer, Struct } from "effect"
import { Api } from "../Api.ts"
import * as Asking from "../Asking.ts"
import type { Authentication } from "../auth/Authentication.ts"
import { rowsDefault } from "../Contract.ts"
import type { JournalRow } from "./JournalApi.ts"

const row = (recorded: Recorded): JournalRow => Struct.omit(recorded, "schemaVersion")

export const layer: Layer.Layer<
  HttpApiGroup.ApiGroup<"souk", "journal">,
  never,
  Authentication | Journal
> = HttpApiBuilder.group(Api, "journal", (handlers) =>
  Effect.map(Journal, (journal) =>
    handlers.handle("read", ({ urlParams: { after = 0, limit = rowsDefault } }) =>
      Effect.gen(function* () {
        const data = (yield* Asking.orUnavailable(journal.readAll(after, limit))).map(row)
        // A page can be large, and what the journal holds is what goes out: no second check.
        return HttpServerResponse.unsafeJson({ data, next: data.at(-1)?.position ?? null })
      })
    )
  )
)
