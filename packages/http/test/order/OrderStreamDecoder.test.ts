/** Decoding the stream of an order, for any chunks. */
import { assert, describe, it } from "@effect/vitest"
import * as OrderStreamDecoder from "@souk/http/order/OrderStreamDecoder"
import { Effect, Stream } from "effect"

const encoder = new TextEncoder()

const read = (...chunks: ReadonlyArray<string>) =>
  OrderStreamDecoder.read(
    Stream.fromIterable(chunks).pipe(Stream.map((text) => encoder.encode(text)))
  ).pipe(
    Stream.runCollect,
    Effect.map((news) => [...news])
  )

const end = 'event: end\nid: 9\ndata: {"version":9,"status":"delivered"}\n\n'

describe("the items of a stream", () => {
  it.effect("do not depend on chunks or line ends", () =>
    Effect.gen(function* () {
      const isNews = ({ _tag }: OrderStreamDecoder.OrderStreamItem) => _tag !== "Alive"
      for (const text of [end, end.replaceAll("\n", "\r\n")]) {
        for (let at = 0; at < text.length; at++) {
          const news = yield* read(text.slice(0, at), text.slice(at))
          assert.deepStrictEqual(news.filter(isNews), [
            { _tag: "End", end: { version: 9, status: "delivered" } }
          ])
        }
      }
    })
  )

  it.effect("have `Alive` for a comment, a retry hint and an unknown event", () =>
    Effect.gen(function* () {
      const news = yield* read(":\n\n", "retry: 2000\n\n", "event: later\ndata: {}\n\n")
      assert.deepStrictEqual(news, [{ _tag: "Alive" }, { _tag: "Alive" }, { _tag: "Alive" }])
    })
  )

  it.effect("omit an incomplete event", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(end.slice(0, -1)), [{ _tag: "Alive" }])
    })
  )

  it.effect("end with an error at an event of more than a mebibyte", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read("event: order\ndata: ", "x".repeat(1_048_577), end))
      assert.strictEqual(error._tag, "SseError")
    })
  )
})
