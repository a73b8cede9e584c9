/** A live order as a client reads it: server-sent events into values of the contract. */
import { Either, type ParseResult, Schema, Stream } from "effect"
import { OrderEnd, OrderUpdate } from "./OrderStreamApi.ts"

/** What a stream brings; a sign of life is there so that silence can be told from an end. */
export type OrderNews =
  | { readonly _tag: "Update"; readonly update: OrderUpdate }
  | { readonly _tag: "End"; readonly end: OrderEnd }
  | { readonly _tag: "Alive" }

/** Far more than one event of an order can be. */
const blockCharactersMax = 1_048_576

const decodeUpdate = Schema.decodeEither(Schema.parseJson(OrderUpdate))
const decodeEnd = Schema.decodeEither(Schema.parseJson(OrderEnd))

const fieldOf = (block: string, name: string): string | undefined =>
  new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1]

/** One block of the stream. Events of a kind that is not known yet are signs of life. */
const newsOf = (block: string): Either.Either<OrderNews, ParseResult.ParseError> => {
  const data = fieldOf(block, "data") ?? ""
  switch (fieldOf(block, "event")) {
    case "order":
      return Either.map(decodeUpdate(data), (update) => ({ _tag: "Update", update }))
    case "end":
      return Either.map(decodeEnd(data), (end) => ({ _tag: "End", end }))
    default:
      return Either.right({ _tag: "Alive" })
  }
}

/** The news in the bytes of a stream. A block that was cut off by a break is none. */
export const read = <E>(
  bytes: Stream.Stream<Uint8Array, E>
): Stream.Stream<OrderNews, E | ParseResult.ParseError> =>
  bytes.pipe(
    Stream.decodeText(),
    Stream.mapAccum("", (before, text) => {
      const blocks = (before + text).replaceAll("\r\n", "\n").split("\n\n")
      const rest = blocks.at(-1) ?? ""
      return [rest.slice(0, blockCharactersMax), blocks.slice(0, -1)]
    }),
    Stream.mapConcat((blocks) => blocks),
    Stream.mapEffect(newsOf)
  )
