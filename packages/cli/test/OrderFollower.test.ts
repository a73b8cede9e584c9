/** Following an order over connections that break, by a shop whose every connection is scripted. */
import { HttpClientError, HttpClientRequest } from "@effect/platform"
import { assert, it } from "@effect/vitest"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { Effect, Fiber, Stream, TestClock } from "effect"
import * as OrderFollower from "../src/order/OrderFollower.ts"
import { make as makeOutput, Output } from "../src/Output.ts"
import { ShopFailed, type OrderStream as Connection, type Shop } from "../src/Shop.ts"
import { Streams } from "../src/Streams.ts"
import * as Stub from "./support/StubShop.ts"

type News = Stream.Stream.Success<Connection["items"]>

const url = "http://stub"
const order = { ...Stub.orderNumber(0), status: "pending" as const, version: 2 }

const failed = (failure: ShopFailed["failure"]) =>
  new ShopFailed({ failure, url, requestId: "cli_test" })

const refusedConnection = failed(
  new HttpClientError.RequestError({ request: HttpClientRequest.get(url), reason: "Transport" })
)

const update = (version: number, status: "pending" | "confirmed" = "pending"): News => ({
  _tag: "Update",
  update: {
    version,
    type: `Step${version}`,
    at: fromMillis(0),
    summary: "went on",
    changes: { status }
  }
})

const brings = (...items: ReadonlyArray<News>): Effect.Effect<Connection> =>
  Effect.succeed({ status: 200, items: Stream.fromIterable(items) })

const breaksAfter = (...items: ReadonlyArray<News>): Effect.Effect<Connection> =>
  Effect.succeed({
    status: 200,
    items: Stream.concat(Stream.fromIterable(items), Stream.fail(refusedConnection))
  })

const answers = (status: number): Effect.Effect<Connection> =>
  Effect.succeed({ status, items: Stream.empty })

/** Follows over these connections, the last of them again and again; time passes by itself. */
const follow = (
  connections: ReadonlyArray<Effect.Effect<Connection, ShopFailed>>,
  now: { readonly version: number } = order
) =>
  Effect.gen(function* () {
    const askedFor: Array<number> = []
    const told: Array<number> = []
    const words: Array<string> = []
    const shop: Shop = {
      url,
      // Only the order is asked for.
      ask: <A>() => Effect.succeed({ ...order, version: now.version } as A),
      follow: (_, version) => {
        askedFor.push(version)
        return connections[Math.min(askedFor.length, connections.length) - 1] ?? answers(500)
      }
    }
    const sink = (into: Array<string>) => ({
      isTerminal: false,
      write: (text: string) => Effect.sync(() => void into.push(text))
    })
    const none = { isTerminal: false, readAll: Effect.never, readLine: Effect.never }
    const streams = Streams.of({ stdin: none, stdout: sink([]), stderr: sink(words) })
    const output = yield* Effect.provideService(makeOutput(new Set()), Streams, streams)
    const place = OrderFollower.start(order)
    const fiber = yield* Effect.fork(
      OrderFollower.untilSettled(shop, place, ({ version }) =>
        Effect.sync(() => told.push(version))
      ).pipe(Effect.provideService(Output, output), Effect.either)
    )
    yield* TestClock.adjust("5 minutes")
    const ended = yield* Fiber.join(fiber)
    return { askedFor, told, words: words.join(""), ended, status: place.status }
  })

it.effect("resumes after a break, without a gap or a repeat", () =>
  Effect.gen(function* () {
    const ran = yield* follow([
      breaksAfter(update(1), update(2)),
      Effect.fail(refusedConnection),
      answers(503),
      brings({ _tag: "Alive" }, update(3)),
      brings(update(4), update(5, "confirmed"), update(6))
    ])
    assert.strictEqual(ran.ended._tag, "Right")
    assert.deepStrictEqual(ran.askedFor, [0, 2, 2, 2, 3])
    assert.deepStrictEqual(ran.told, [1, 2, 3, 4, 5])
    assert.strictEqual(ran.status, "confirmed")
    assert.include(ran.words, "The connection is lost")
  })
)

it.effect("continues after an earlier settled entry, and ends with the present one", () =>
  Effect.gen(function* () {
    const ran = yield* follow([brings(update(1, "confirmed"), update(2), update(3, "confirmed"))])
    assert.deepStrictEqual(ran.told, [1, 2, 3])
    const ended = yield* follow([
      breaksAfter(update(1), { _tag: "End", end: { version: 1, status: "cancelled" } })
    ])
    assert.strictEqual(ended.status, "cancelled")
    assert.strictEqual((yield* follow([answers(204)])).ended._tag, "Right")
  })
)

it.effect("gives up without a shop, and when every connection is closed", () =>
  Effect.gen(function* () {
    const gone = yield* follow([brings(update(1)), Effect.fail(refusedConnection)])
    assert.strictEqual(gone.ended._tag === "Left" && gone.ended.left._tag, "ShopFailed")
    assert.strictEqual(gone.askedFor.length, 9)
    const rude = yield* follow([brings()])
    assert.deepInclude(rude.ended, { _tag: "Left" })
    assert.strictEqual(rude.ended._tag === "Left" && rude.ended.left._tag, "CommandFailed")
    assert.strictEqual(rude.askedFor.length, 9)
  })
)

it.effect("fails when the shop is behind the last printed version", () =>
  Effect.gen(function* () {
    const ran = yield* follow([brings(update(1), update(2)), answers(400)], { version: 1 })
    assert.include(ran.ended._tag === "Left" ? ran.ended.left.message : "", "was at version 2")
  })
)
