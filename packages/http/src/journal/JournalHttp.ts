/** The auditor's export over HTTP. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { Journal, type Recorded } from "@souk/actors/journal/Journal"
import { presentType } from "@souk/domain/Rooms"
import { Effect } from "effect"
import * as ActorRequest from "../command/ActorRequest.ts"
import { log } from "../command/List.ts"
import { contract } from "../Contract.ts"
import { JournalApi, type JournalRow, type Snapshot, snapshotsMax } from "./JournalApi.ts"

/** Under the present name of its type; the journal itself is never rewritten. */
const rowOf = (recorded: Recorded): JournalRow => {
  const type = presentType(recorded.type)
  return type === recorded.type ? recorded : { ...recorded, type, storedType: recorded.type }
}

export const layer = HttpApiBuilder.group(contract.add(JournalApi), "journal", (handlers) =>
  Effect.map(Journal, (journal) =>
    handlers
      .handle("read", ({ urlParams }) =>
        log(
          urlParams,
          (after, limit) =>
            Effect.map(journal.readAll(after, limit), (events) => events.map(rowOf)),
          ({ position }) => position
        )
      )
      .handle("snapshots", ({ urlParams: { after = "", limit = snapshotsMax } }) =>
        Effect.gen(function* () {
          const data: ReadonlyArray<Snapshot> = yield* ActorRequest.orUnavailable(
            journal.snapshots(after, limit)
          )
          const next = data.length === limit ? (data.at(-1)?.stream ?? null) : null
          return HttpServerResponse.unsafeJson({ data, next })
        })
      )
  )
)
