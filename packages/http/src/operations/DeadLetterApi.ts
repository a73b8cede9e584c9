/** The contract of events that a subscription could not handle: list, show, replay, discard. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import {
  DeadLetter,
  DeadLetterId,
  DeadLetterWithBody,
  Fault,
  letterRequestMax,
  Reason,
  Source
} from "@souk/actors/subscription/DeadLetters"
import { text } from "@souk/domain/kernel/Text"
import { Timestamp } from "@souk/domain/kernel/Timestamp"
import { Schema } from "effect"
import { Examples } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { Authentication } from "../auth/Authentication.ts"
import { body, list, listQuery, path, query } from "../Contract.ts"
import { at, orderId, page } from "../docs/ExampleShop.ts"
import { problem } from "../Problem.ts"

export class DeadLetterNotFound extends Schema.TaggedError<DeadLetterNotFound>()(
  "DeadLetterNotFound",
  {}
) {
  override get message() {
    return "Dead letter not found. GET /v1/dead-letters lists open dead letters."
  }
}

const exact = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** How a request selects dead letters. */
export { type DeadLetter, DeadLetterId, type DeadLetterWithBody, letterRequestMax, Reason, Source }

/** Which ones: by their ids, or all open ones of a source, the oldest first. */
const selection = {
  ids: exact(Schema.NonEmptyArray(DeadLetterId).pipe(Schema.maxItems(letterRequestMax))),
  source: exact(Source),
  reason: exact(Reason),
  until: exact(Timestamp)
}

export const DeadLettersResolved = Schema.Struct({
  /** How many were resolved by this request. */
  resolved: Schema.Int,
  /** Those that failed again; they stay open. */
  failed: Schema.Array(Schema.Struct({ id: DeadLetterId, detail: Schema.String })),
  /** Whether to send the same request again for the rest. */
  hasMore: Schema.Boolean
}).annotations({ identifier: "DeadLettersResolved" })
export type DeadLettersResolved = typeof DeadLettersResolved.Type

const shown = {
  id: "dl_7",
  source: "order_list",
  fault: "ours",
  reason: "undecodable",
  detail: `OrderPlaced v2 of ${orderId} is not readable`,
  attempts: 5,
  eventId: "evt_j00_41_9f3c2a1b",
  type: "OrderPlaced",
  subject: `order/${orderId}`,
  firstAt: at,
  diedAt: at
}

const resolved = { DeadLettersResolved: { resolved: 1, failed: [], hasMore: false } }

export const listed = HttpApiEndpoint.get("list", "/v1/dead-letters")
  .annotate(OpenApi.Summary, "List open dead letters, newest first")
  .annotate(Examples, { response: { DeadLetters: page("/v1/dead-letters", shown) } })
  .setUrlParams(
    query({
      ...listQuery(DeadLetterId),
      source: Schema.optional(Source),
      reason: Schema.optional(Reason),
      fault: Schema.optional(Fault)
    })
  )
  .addSuccess(list(DeadLetter))

const get = HttpApiEndpoint.get("get", "/v1/dead-letters/:id")
  .annotate(OpenApi.Summary, "Get a dead letter with its event, up to 90 days after its resolution")
  .annotate(Examples, {
    response: {
      DeadLetter: { ...shown, body: '{"type":"OrderPlaced","schemaVersion":2,"version":1}' }
    }
  })
  .setPath(path({ id: DeadLetterId }, () => new DeadLetterNotFound()))
  .addSuccess(DeadLetterWithBody)
  .addError(problem(DeadLetterNotFound, { status: 404, title: "No such dead letter" }))

const replay = HttpApiEndpoint.post("replay", "/v1/dead-letters/replays")
  .annotate(OpenApi.Summary, "Replay dead letters to their subscriptions")
  .annotate(Examples, {
    request: { Replay: { source: "order_list", reason: "undecodable" } },
    response: resolved
  })
  .setPayload(body(selection))
  .addSuccess(DeadLettersResolved)

const discard = HttpApiEndpoint.post("discard", "/v1/dead-letters/discards")
  .annotate(OpenApi.Summary, "Discard dead letters; their subscriptions skip these events")
  .annotate(Examples, {
    request: { Discard: { ids: ["dl_7"], note: "written by a test" } },
    response: resolved
  })
  .setPayload(body({ ...selection, note: text(500) }))
  .addSuccess(DeadLettersResolved)

export const DeadLetterApi = HttpApiGroup.make("deadLetters")
  .annotate(Access, "shop:operate")
  .add(listed)
  .add(get)
  .add(replay)
  .add(discard)
  .middleware(Authentication)
