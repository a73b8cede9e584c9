/** The stream of one order: server-sent events, read from the journal after each commit. */
import type { Journal, Recorded } from "@souk/actors/journal/Journal"
import type { Watch } from "@souk/actors/journal/StreamNotifier"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { OrderAggregate } from "@souk/domain/order/OrderAggregate"
import { summary } from "@souk/domain/order/OrderSummary"
import { patch } from "@souk/domain/order/OrderView"
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import type { OrderEnd, OrderUpdate } from "./OrderStreamApi.ts"

/** Number of events that are read, and held, at a time. */
const pageEvents = 50

/** How soon a browser reconnects after a stream has failed. */
const retryMs = 2_000

/** Limit of a stream: then the client must authenticate again. */
const lifeMsMax = 30 * 60_000

const encoder = new TextEncoder()

/** The first bytes: they flush the headers and tell the browser when to reconnect. */
const greeting = encoder.encode(`retry: ${retryMs}\n\n`)

/** A comment that keeps proxies from closing an idle connection. */
const heartbeat = encoder.encode(":\n\n")

const frame = (event: "order" | "end", data: OrderUpdate | OrderEnd): Uint8Array =>
  encoder.encode(`event: ${event}\nid: ${data.version}\ndata: ${JSON.stringify(data)}\n\n`)

interface Place {
  readonly version: number
  /** Whether the last page was full, so that more may be there. */
  readonly hasMore: boolean
  readonly isOver: boolean
}

type Step = readonly [frames: ReadonlyArray<Uint8Array>, next: Place]

const framesOf = (recorded: Recorded): ReadonlyArray<Uint8Array> => {
  const event = OrderAggregate.codec.decode(recorded)
  const { version } = recorded
  const update: OrderUpdate = {
    version,
    type: event._tag,
    at: event.at,
    summary: summary(event),
    changes: patch(event)
  }
  switch (event._tag) {
    case "OrderDelivered":
      return [frame("order", update), frame("end", { version, status: "delivered" })]
    case "OrderCancelled":
      return [frame("order", update), frame("end", { version, status: "cancelled" })]
    default:
      return [frame("order", update)]
  }
}

const isLast = (recorded: Recorded | undefined): boolean =>
  recorded?.type === "OrderDelivered" || recorded?.type === "OrderCancelled"

/** Everything after version `after`, until the order's end, or until it is time to go. */
export const after = (
  journal: Journal["Type"],
  watch: Watch,
  id: OrderId,
  after: number
): Stream.Stream<Uint8Array> =>
  Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (openedMs) => {
      const over = (place: Place): Step => [[], { ...place, isOver: true }]
      const read = (place: Place): Effect.Effect<Step> =>
        journal.readStream(OrderAggregate.streamId(id), place.version, pageEvents).pipe(
          Effect.map((page): Step => {
            const last = page.at(-1)
            const next = {
              version: last?.version ?? place.version,
              hasMore: page.length === pageEvents,
              isOver: isLast(last)
            }
            return [page.flatMap(framesOf), next]
          }),
          // The client reconnects with its last event id, when the journal may be available again.
          Effect.catchAll(() => Effect.succeed(over(place)))
        )
      const beat = (place: Place): Effect.Effect<Step> =>
        Effect.map(Clock.currentTimeMillis, (nowMs) =>
          nowMs - openedMs > lifeMsMax ? over(place) : [[heartbeat], place]
        )
      const look = (place: Place): Effect.Effect<Step> =>
        Effect.flatMap(watch.next, (signal) => {
          switch (signal) {
            case "changed":
              return read(place)
            case "heartbeat":
              return beat(place)
            case "closing":
              return Effect.succeed(over(place))
          }
        })
      const start: Place = { version: after, hasMore: false, isOver: false }
      const news = Stream.unfoldChunkEffect(start, (place) =>
        place.isOver
          ? Effect.succeedNone
          : Effect.map(place.hasMore ? read(place) : look(place), ([frames, next]) =>
              Option.some([Chunk.unsafeFromArray(frames), next] as const)
            )
      )
      return Stream.concat(Stream.make(greeting), news)
    })
  )
