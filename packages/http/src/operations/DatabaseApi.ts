/** The contract of the database: its state, and rebuilds of read models. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { path, withStatus } from "../Contract.ts"
import { problem } from "../Problem.ts"

export const Migration = Schema.Struct({
  number: Schema.Int,
  name: Schema.String,
  /** SHA-256 of the file. */
  checksum: Schema.String,
  /** `unknown`: applied by a newer program than the one that says so. */
  state: Schema.Literal("applied", "pending", "changed", "unknown")
}).annotations({ identifier: "Migration" })
export type Migration = typeof Migration.Type

export const ReadModel = Schema.Struct({
  name: Schema.String,
  /** Up to where it has read the journal. */
  position: Schema.Int,
  /** How old the oldest event is that it has not read, in milliseconds. */
  behindMs: Schema.Int,
  /** Target position of a running rebuild; null if there is none. */
  rebuildTo: Schema.NullOr(Schema.Int),
  /** Whether it is paused because it has too many open dead letters. */
  isDisabled: Schema.Boolean
}).annotations({ identifier: "ReadModel" })
export type ReadModel = typeof ReadModel.Type

export const DatabaseReport = Schema.Struct({
  /** The version of the server. */
  postgres: Schema.String,
  /** Position of the newest event; 0 for an empty journal. */
  head: Schema.Int,
  migrations: Schema.Array(Migration),
  readModels: Schema.Array(ReadModel)
}).annotations({ identifier: "DatabaseReport" })
export type DatabaseReport = typeof DatabaseReport.Type

/** No read model has this name. */
export class ReadModelNotFound extends Schema.TaggedError<ReadModelNotFound>()(
  "ReadModelNotFound",
  { name: Schema.String }
) {
  override get message() {
    return `Read model ${this.name} not found. GET /v1/database lists all read models.`
  }
}

/** A rebuild that has begun. It is done when the read model has come to `to`. */
export const Rebuild = Schema.Struct({
  name: Schema.String,
  to: Schema.Int,
  /** Whether it was under way before, and no other was started. */
  isJoined: Schema.Boolean
}).annotations({ identifier: "Rebuild" })
export type Rebuild = typeof Rebuild.Type

const report = HttpApiEndpoint.get("report", "/v1/database")
  .annotate(OpenApi.Summary, "Get migrations, read models and their lag")
  .annotate(Examples, {
    response: {
      DatabaseReport: {
        postgres: "18.1",
        head: 41,
        migrations: [
          {
            number: 1,
            name: "journal",
            checksum: "9f2c1d5e8a7b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d",
            state: "applied"
          }
        ],
        readModels: [
          { name: "order_list", position: 41, behindMs: 0, rebuildTo: null, isDisabled: false }
        ]
      }
    }
  })
  .addSuccess(DatabaseReport)

const namePath = path(
  { name: Schema.String.pipe(Schema.pattern(/^[a-z_]{1,63}$/)) },
  ({ name = "" }) => new ReadModelNotFound({ name })
)

const rebuild = HttpApiEndpoint.post("rebuild", "/v1/read-models/:name/rebuild")
  .annotate(OpenApi.Summary, "Rebuild a read model from the journal while it is in use")
  .annotate(Examples, { response: { Rebuild: { name: "order_list", to: 41, isJoined: false } } })
  .setPath(namePath)
  .addSuccess(withStatus(Rebuild, 202))
  .addError(problem(ReadModelNotFound, { status: 404, title: "Read model not found" }))

export const DatabaseApi = HttpApiGroup.make("database")
  .annotate(Access, "shop:operate")
  .add(report)
  .add(rebuild)
  .middleware(Authentication)
