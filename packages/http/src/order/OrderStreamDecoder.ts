/** Decodes the stream of an order: server-sent events into values of the contract. */
import * as Sse from "@effect/experimental/Sse"
import { Effect, Either, type ParseResult, Schema, Stream } from "effect"
import { OrderEnd, OrderUpdate } from "./OrderStreamApi.ts"

/** An item of a stream. `Alive` shows that an idle connection is still open. */
export type OrderStreamItem =
  | { readonly _tag: "Update"; readonly update: OrderUpdate }
  | { readonly _tag: "End"; readonly end: OrderEnd }
  | { readonly _tag: "Alive" }

/** Far more than any event of an order. */
const maxEventSize = 1_048_576

const decodeUpdate = Schema.decodeEither(Schema.parseJson(OrderUpdate))
const decodeEnd = Schema.decodeEither(Schema.parseJson(OrderEnd))

const alive: OrderStreamItem = { _tag: "Alive" }

/** Unknown events are decoded as `Alive`. */
const itemOf = (event: Sse.AnyEvent): Either.Either<OrderStreamItem, ParseResult.ParseError> => {
  if (event._tag === "Retry") return Either.right(alive)
  switch (event.event) {
    case "order":
      return Either.map(decodeUpdate(event.data), (update) => ({ _tag: "Update", update }))
    case "end":
      return Either.map(decodeEnd(event.data), (end) => ({ _tag: "End", end }))
    default:
      return Either.right(alive)
  }
}

/** Decodes a stream. An event that is too large fails it; an incomplete last event is ignored. */
export const read = <E>(
  bytes: Stream.Stream<Uint8Array, E>
): Stream.Stream<OrderStreamItem, E | ParseResult.ParseError | Sse.SseError> =>
  Stream.suspend(() => {
    const pending: Array<Sse.AnyEvent> = []
    const parser = Sse.makeParser((event) => pending.push(event), { maxEventSize })
    return bytes.pipe(
      Stream.decodeText(),
      Stream.mapEffect((text) => {
        // The parser reads a CRLF that is split between chunks as two line ends. Data has no CR.
        const tooLarge = parser.feed(text.replaceAll("\r", ""))
        return tooLarge === undefined ? Effect.succeed(pending.splice(0)) : Effect.fail(tooLarge)
      }),
      Stream.mapConcatEffect((events) =>
        events.length === 0 ? Effect.succeed([alive]) : Effect.all(events.map(itemOf))
      )
    )
  })
