/** A live order as a client reads it: server-sent events into values of the contract. */
import * as Sse from "@effect/experimental/Sse"
import { Effect, Either, type ParseResult, Schema, Stream } from "effect"
import { OrderEnd, OrderUpdate } from "./OrderStreamApi.ts"

/** What a stream brings; a sign of life is there so that silence can be told from an end. */
export type OrderStreamItem =
  | { readonly _tag: "Update"; readonly update: OrderUpdate }
  | { readonly _tag: "End"; readonly end: OrderEnd }
  | { readonly _tag: "Alive" }

/** Far more than one event of an order can be. */
const maxEventSize = 1_048_576

const decodeUpdate = Schema.decodeEither(Schema.parseJson(OrderUpdate))
const decodeEnd = Schema.decodeEither(Schema.parseJson(OrderEnd))

const alive: OrderStreamItem = { _tag: "Alive" }

/** Events of a kind that is not known yet are signs of life. */
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

/** The news in the bytes of a stream. An event that is too large ends it; one cut off is none. */
export const read = <E>(
  bytes: Stream.Stream<Uint8Array, E>
): Stream.Stream<OrderStreamItem, E | ParseResult.ParseError | Sse.SseError> =>
  Stream.suspend(() => {
    const pending: Array<Sse.AnyEvent> = []
    const parser = Sse.makeParser((event) => pending.push(event), { maxEventSize })
    return bytes.pipe(
      Stream.decodeText(),
      Stream.mapEffect((text) => {
        // The parser takes a CRLF that is cut in two for two ends of a line; data has no bare CR.
        const tooLarge = parser.feed(text.replaceAll("\r", ""))
        return tooLarge === undefined ? Effect.succeed(pending.splice(0)) : Effect.fail(tooLarge)
      }),
      Stream.mapConcatEffect((events) =>
        events.length === 0 ? Effect.succeed([alive]) : Effect.all(events.map(itemOf))
      )
    )
  })
