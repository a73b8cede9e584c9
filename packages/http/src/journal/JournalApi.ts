/** The contract of the auditor's export. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Metadata } from "@souk/domain/kernel/Metadata"
import { streamId } from "@souk/domain/kernel/Aggregate"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { log, logQuery, query, whole } from "../Contract.ts"
import { later, orderId, rows } from "../docs/ExampleShop.ts"

/** The most events one page has. */
export const eventsMax = 1000

/** An event of the journal, as stored. */
export const JournalRow = Schema.Struct({
  position: Schema.Int,
  stream: Schema.String,
  version: Schema.Int,
  type: Schema.String,
  /** The name under which the event is stored, where its type has been renamed since. */
  storedType: Schema.optionalWith(Schema.String, { exact: true }),
  /** In which form the payload is: 1, until the type got another one. */
  schemaVersion: Schema.Int,
  payload: Schema.Object.annotations({ jsonSchema: { type: "object" } }),
  metadata: Metadata,
  recordedAt: Timestamp
}).annotations({ identifier: "JournalRow" })
export type JournalRow = typeof JournalRow.Type

/** The most snapshots one page has. */
export const snapshotsMax = 100

/** The newest state of a long stream that is kept beside the journal, to save reading it whole. */
export const Snapshot = Schema.Struct({
  stream: Schema.String,
  /** The version it is the state of. */
  version: Schema.Int,
  schemaVersion: Schema.Int,
  state: Schema.Object.annotations({ jsonSchema: { type: "object" } })
}).annotations({ identifier: "Snapshot" })
export type Snapshot = typeof Snapshot.Type

const snapshots = HttpApiEndpoint.get("snapshots", "/v1/snapshots")
  .annotate(Access, "journal:read")
  .annotate(OpenApi.Summary, "List snapshots by stream name")
  .annotate(Examples, {
    response: {
      Snapshots: {
        data: [
          {
            stream: "inventory-TEA-MINT",
            version: 500,
            schemaVersion: 1,
            state: { onHand: 100, held: 2 }
          }
        ],
        next: null
      }
    }
  })
  .setUrlParams(
    query({
      after: Schema.optional(Schema.String.pipe(Schema.maxLength(200))),
      limit: Schema.optional(whole(1, snapshotsMax))
    })
  )
  // `next` is the `after` of the following page; null at the end.
  .addSuccess(Schema.Struct({ data: Schema.Array(Snapshot), next: Schema.NullOr(Schema.String) }))

const read = HttpApiEndpoint.get("read", "/v1/journal")
  .annotate(Access, "journal:read")
  .annotate(OpenApi.Summary, "List journal events in commit order")
  .annotate(Examples, {
    response: {
      Journal: rows(41, {
        position: 41,
        stream: streamId("order", orderId),
        version: 9,
        type: "OrderDelivered",
        schemaVersion: 1,
        payload: { deliveredAt: later, at: later },
        metadata: {
          commandId: "the-command",
          correlationId: orderId,
          causationId: "the-command",
          who: "admin"
        },
        recordedAt: later
      })
    }
  })
  .setUrlParams(query(logQuery(eventsMax)))
  .addSuccess(log(JournalRow))

export const JournalApi = HttpApiGroup.make("journal")
  .add(read)
  .add(snapshots)
  .middleware(Authentication)
