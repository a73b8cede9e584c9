/** Overload: requests beyond a queue are refused at once, queued requests are served. */
import { MailboxMax } from "@souk/actors/runtime/ActorHost"
import { QueueAppendsMax } from "@souk/actors/journal/Journal"
import { Pace } from "../../../actors/test/support/JournalMemory.ts"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { type Answer, assertProblem, get, post, sell } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

/** A journal that commits nothing while it is closed. */
const gate = {
  isClosed: false,
  /** Commits that wait. */
  held: [] as Array<() => void>,
  open: () => {
    gate.isClosed = false
    for (const commit of gate.held.splice(0)) commit()
  }
}

const pace = (commit: () => void): void => {
  if (gate.isClosed) gate.held.push(commit)
  else queueMicrotask(commit)
}

const places = 3

const crowded = (bounds: Layer.Layer<never>) =>
  TestHttpApp.layer.pipe(Layer.provide([bounds, Layer.succeed(Pace, pace)]))

const receive = (sku: string) => post(`/v1/inventory/${sku}/receipts`, { quantity: 1 })

const assertSentAway = (answer: Answer): void => {
  assertProblem(answer, 503, "unavailable")
  assert.strictEqual(answer.headers.get("retry-after"), "1")
}

/** Sends receipts while nothing is committed: one more than fits, which is refused at once. */
const crowd = (skus: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    gate.isClosed = true
    const fibers = yield* Effect.forEach(skus, (sku) => Effect.fork(receive(sku)))
    const first = yield* Effect.raceAll(
      fibers.map((fiber, index) => Effect.map(Fiber.join(fiber), (answer) => ({ answer, index })))
    )
    assertSentAway(first.answer)
    const inside = fibers.filter((_, index) => index !== first.index)
    return { inside, sentAway: skus[first.index] ?? "" }
  })

const served = (fibers: ReadonlyArray<Fiber.Fiber<Answer>>) =>
  Effect.gen(function* () {
    gate.open()
    const answers = yield* Effect.forEach(fibers, Fiber.join)
    assert.deepStrictEqual(
      answers.map(({ status }) => status),
      [201, 201, 201]
    )
  })

const onHand = (sku: string) =>
  Effect.map(get(`/v1/inventory/${sku}`), ({ body, status }) => {
    assert.strictEqual(status, 200)
    return body.onHand
  })

layer(crowded(Layer.succeed(MailboxMax, places)), { excludeTestServices: true })(
  "an actor with a full mailbox",
  (it) => {
    it.effect("refuses new requests; queued ones and those of other actors are served", () =>
      Effect.gen(function* () {
        yield* sell("LAMP", 0)
        yield* sell("CHAIR", 1)
        const { inside } = yield* crowd(Array.from({ length: places + 1 }, () => "LAMP"))
        assertSentAway(yield* get("/v1/inventory/LAMP"))
        assert.strictEqual(yield* onHand("CHAIR"), 1)
        yield* served(inside)
        assert.strictEqual(yield* onHand("LAMP"), places)
        assert.strictEqual((yield* receive("LAMP")).status, 201)
      })
    )
  }
)

layer(crowded(Layer.succeed(QueueAppendsMax, places)), { excludeTestServices: true })(
  "a journal with a full queue",
  (it) => {
    it.effect("refuses new writes; queued writes and reads are served", () =>
      Effect.gen(function* () {
        const skus = ["LAMP", "CHAIR", "TABLE", "SHELF"]
        for (const sku of skus) yield* sell(sku, 0)
        const { inside, sentAway } = yield* crowd(skus)
        assertSentAway(yield* receive(sentAway))
        assert.strictEqual(yield* onHand(sentAway), 0)
        assert.strictEqual((yield* get("/v1/orders")).status, 200)
        yield* served(inside)
        for (const sku of skus) {
          assert.strictEqual(yield* onHand(sku), sku === sentAway ? 0 : 1)
        }
        assert.strictEqual((yield* receive(sentAway)).status, 201)
      })
    )
  }
)
