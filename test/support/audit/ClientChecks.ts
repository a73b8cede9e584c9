/** Whether the shop kept its word: what it acknowledged is there, and what it refused is not. */
import { Schema } from "effect"
import type { Entry } from "../ClientLog.ts"
import { type JournalEvent, Order } from "../Wire.ts"
import { type Check, type AuditInput, groupBy, streamOf } from "./AuditInput.ts"

const decodeOrder = Schema.decodeUnknownSync(Schema.parseJson(Order))

const Payload = Schema.Struct({
  reference: Schema.optional(Schema.String),
  reason: Schema.optional(Schema.String),
  trackingNumber: Schema.optional(Schema.String),
  cancellation: Schema.optional(Schema.Struct({ note: Schema.optional(Schema.String) })),
  metadata: Schema.optional(Schema.Struct({ mark: Schema.optional(Schema.String) }))
})
const payloadOf = Schema.decodeUnknownOption(Payload)

/** The mark a client gave to what became this event. */
const markOf = (event: JournalEvent): string | undefined => {
  const payload = payloadOf(event.payload)
  if (payload._tag === "None") return undefined
  const { cancellation, metadata, reason, reference, trackingNumber } = payload.value
  switch (event.type) {
    case "OrderPlaced":
      return metadata?.mark
    case "OrderShipped":
      return trackingNumber
    case "OrderCancellationRequested":
    case "OrderCancellationStarted":
      return cancellation?.note
    case "StockReceived":
      return reference
    case "PaymentRefundRequested":
      return reason
    default:
      return undefined
  }
}

const marked = ({ journal }: AuditInput): ReadonlyMap<string, ReadonlyArray<JournalEvent>> =>
  groupBy(journal, markOf)

const effectOf = {
  order: "OrderPlaced",
  refund: "PaymentRefundRequested",
  receipt: "StockReceived"
} as const

/** Whether the journal bears an acknowledgement out; if not, how. */
const judge = (
  auditInput: AuditInput,
  { intent, outcome }: Entry,
  events: ReadonlyArray<JournalEvent>
): string | undefined => {
  const { kind, mark, orderId } = intent
  switch (kind) {
    case "order":
    case "refund":
    case "receipt": {
      const count = events.filter(({ type }) => type === effectOf[kind]).length
      if (count !== 1) return `${mark} is ${count} times in the journal`
      if (kind !== "order") return undefined
      const { id } = decodeOrder(outcome.text)
      const placed = events.map((event) => streamOf(event).id)
      return placed.includes(id) && auditInput.orders.has(id)
        ? undefined
        : `${mark} was answered ${id}, the journal has ${placed.join(", ")}`
    }
    case "cancellation": {
      const status = auditInput.orders.get(orderId ?? "")?.status
      return status === "cancelled" ? undefined : `${orderId} is ${status}, not cancelled`
    }
    case "shipment":
    case "delivery": {
      const status = auditInput.orders.get(orderId ?? "")?.status
      const isThere = status === "delivered" || (kind === "shipment" && status === "shipped")
      return isThere ? undefined : `${orderId} is ${status} after its ${kind}`
    }
  }
}

const kept: Check = {
  says: "everything acknowledged is there, once (I-1)",
  find: (auditInput) => {
    const all = marked(auditInput)
    return auditInput.log
      .filter(({ outcome }) => outcome.class === "ok")
      .flatMap((entry) => judge(auditInput, entry, all.get(entry.intent.mark) ?? []) ?? [])
  }
}

const refused: Check = {
  says: "nothing refused has left anything (I-2)",
  find: (auditInput) => {
    const all = marked(auditInput)
    return auditInput.log
      .filter(({ outcome }) => outcome.class === "fail")
      .flatMap(({ intent, outcome }) =>
        (all.get(intent.mark) ?? []).map(
          ({ stream, type }) => `${intent.mark} got ${outcome.status} and a ${type} in ${stream}`
        )
      )
  }
}

const definite: Check = {
  says: "every request got a definite answer in the end",
  find: ({ log }) =>
    log
      .filter(({ outcome }) => outcome.class === "unknown")
      .map(({ attempts, intent, outcome }) => {
        return `${intent.mark}: after ${attempts} attempts ${outcome.status} ${outcome.text}`
      })
}

const repeated: Check = {
  says: "the same key answers the same, as often as it is asked (I-10, I-12, I-13)",
  find: ({ log, replays }) =>
    log
      .filter(({ intent, outcome }) => intent.kind === "order" && outcome.class === "ok")
      .flatMap(({ intent, outcome }) => {
        const { key = "", mark } = intent
        const replay = replays.get(key)
        if (replay === undefined) return [`${mark} was not asked again`]
        if (replay.status !== 200 && replay.status !== 201) {
          return [`${mark}: first ${outcome.status}, then ${replay.status} ${replay.text}`]
        }
        const [first, again] = [decodeOrder(outcome.text), decodeOrder(replay.text)]
        if (first.id !== again.id) return [`${mark}: first ${first.id}, then ${again.id}`]
        // An order that had not settled at first has: only then may the answers differ.
        const isSame = outcome.status === 201 && outcome.text !== replay.text
        return isSame ? [`${mark}: first ${outcome.text}, then ${replay.text}`] : []
      })
}

const invented: Check = {
  says: "no order was placed without a request",
  find: (auditInput) => {
    const asked = new Set(auditInput.log.map(({ intent }) => intent.mark))
    return auditInput.journal
      .filter((event) => event.type === "OrderPlaced" && !asked.has(markOf(event) ?? ""))
      .map(({ stream }) => `${stream} was placed without a request`)
  }
}

export const clientChecks: ReadonlyArray<Check> = [kept, refused, definite, repeated, invented]
