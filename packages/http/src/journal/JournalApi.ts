/** The contract of the auditor's export. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Metadata } from "@souk/domain/kernel/Metadata"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Schema } from "effect"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { log, logQuery, query } from "../Contract.ts"

/** The most events one page has. */
export const eventsMax = 1000

/** An event as it stands in the journal. */
export const JournalRow = Schema.Struct({
  position: Schema.Int,
  stream: Schema.String,
  version: Schema.Int,
  type: Schema.String,
  payload: Schema.Object.annotations({ jsonSchema: { type: "object" } }),
  metadata: Metadata,
  recordedAt: Timestamp
}).annotations({ identifier: "JournalRow" })
export type JournalRow = typeof JournalRow.Type

const read = HttpApiEndpoint.get("read", "/v1/journal")
  .annotate(Access, "journal:read")
  .annotate(OpenApi.Summary, "Every event, in the order of commits")
  .setUrlParams(query(logQuery(eventsMax)))
  .addSuccess(log(JournalRow))

export const JournalApi = HttpApiGroup.make("journal").add(read).middleware(Authentication)
