/** Messages to another runner, and what becomes of them when something in between breaks. */
import { assert, describe, it } from "@effect/vitest"
import { OutOfStock, type StockCommand } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import { Context, Deferred, Effect, Either, Fiber, Layer } from "effect"
import { Connections } from "../../src/cluster/Connection.ts"
import { type Outcome, Peer } from "../../src/cluster/Peer.ts"
import {
  type ActorRequest,
  ActorUnavailable,
  type Reply
} from "../../src/runtime/ActorDefinition.ts"
import { metadata } from "../support/TestShop.ts"
import { here, pass, question, reasonOf, reply, sku, there, world } from "../support/TwoRunners.ts"

describe("a message to another runner", () => {
  it.scoped("arrives as it was, and so does its reply", () =>
    Effect.gen(function* () {
      const asked: Array<ActorRequest<StockCommand>> = []
      const { ask } = yield* world({
        handle: (_id, its) =>
          Effect.as(
            Effect.sync(() => asked.push(its)),
            reply(7)
          )
      })
      yield* pass(1_000)
      const heard = ask(500, { ...question(500), expected: [6, 7] })
      yield* pass(200)
      assert.deepStrictEqual(heard, [Either.right(reply(7))])
      assert.deepStrictEqual(asked, [{ ...question(500), expected: [6, 7] }])
    })
  )

  it.scoped("may be a look, or a reminder, and find an actor that was never heard of", () =>
    Effect.gen(function* () {
      const nothing = { version: 0, isSettled: true, isRepeat: false }
      const { actors } = yield* world({
        read: () => Effect.succeed(nothing),
        resume: (_id, { commandId }) => Effect.succeed({ ...reply(3), isRepeat: commandId === "r" })
      })
      yield* pass(1_000)
      const both = yield* Effect.fork(
        Effect.all([actors.read(sku), actors.resume(sku, metadata("r"))])
      )
      yield* pass(500)
      assert.deepStrictEqual(yield* Fiber.join(both), [nothing, { ...reply(3), isRepeat: true }])
    })
  )

  it.scoped("may be refused in the words of its room, or find no answer now", () =>
    Effect.gen(function* () {
      const refusal = new OutOfStock({ sku, asked: 2, available: 1 })
      const detail = "it is another"
      const actor = "inventory-LAMP"
      const changed = new ActorUnavailable({
        actor,
        reason: "version_mismatch",
        detail,
        version: 9
      })
      for (const error of [refusal, changed]) {
        const { ask } = yield* world({ handle: () => Effect.fail(error) })
        yield* pass(1_000)
        const heard = ask()
        yield* pass(200)
        assert.deepStrictEqual(heard, [Either.left(error)])
      }
    })
  )

  it.scoped("travels with all others of its turn, and so do the replies", () =>
    Effect.gen(function* () {
      const { ask, frames } = yield* world({ handle: () => Effect.succeed(reply(1)) })
      yield* pass(1_000)
      const all = Array.from({ length: 100 }, () => ask())
      yield* pass(200)
      assert.isTrue(all.every((heard) => heard.length === 1))
      assert.lengthOf(frames, 2)
    })
  )

  it.scoped("waits in slices, so that none depends on a process that has died", () =>
    Effect.gen(function* () {
      const waits: Array<number> = []
      let isSettled = false
      const { ask } = yield* world({
        handle: (_id, { waitMs }) =>
          Effect.as(
            Effect.sync(() => waits.push(waitMs)),
            reply(1, false)
          ),
        read: (_id, waitMs) =>
          Effect.sync(() => {
            waits.push(waitMs)
            const seen = { ...reply(2, isSettled), isRepeat: true }
            isSettled = true
            return seen
          }).pipe(Effect.delay(waitMs))
      })
      yield* pass(1_000)
      const heard = ask(30_000)
      yield* pass(5_000)
      assert.deepStrictEqual(heard, [Either.right({ ...reply(2), isRepeat: false })])
      assert.deepStrictEqual(waits, [2_000, 2_000, 2_000])
    })
  )
})

describe("a reply that does not come", () => {
  it.scoped("is asked for again on another connection when the first one closes", () =>
    Effect.gen(function* () {
      let asks = 0
      const late = yield* Deferred.make<Reply<StockView>>()
      const answer = () => (++asks === 1 ? Deferred.await(late) : Effect.succeed(reply(1)))
      const { ask, handlers } = yield* world({ handle: answer })
      yield* pass(1_000)
      const heard = ask()
      yield* pass(200)
      handlers[0]?.closed()
      yield* pass(500)
      assert.deepStrictEqual(heard, [Either.right(reply(1))])
      assert.strictEqual(asks, 2)
      assert.lengthOf(handlers, 2)
      yield* Deferred.succeed(late, reply(9))
      yield* pass(200)
      assert.deepStrictEqual(heard, [Either.right(reply(1))])
    })
  )

  // The library sends a message for ever while its entity is nowhere (`Sharding.sendOutgoing`).
  it.scoped("is given up at the deadline, also when no runner owns the shard", () =>
    Effect.gen(function* () {
      const { ask } = yield* world({}, () => false)
      yield* pass(1_000)
      const [short, long] = [ask(), ask(1_500)]
      yield* pass(2_800)
      assert.deepStrictEqual([short, long], [[], []])
      yield* pass(300)
      assert.deepStrictEqual([reasonOf(short), long], ["not_owner", []])
      yield* pass(1_500)
      assert.strictEqual(reasonOf(long), "not_owner")
    })
  )

  it.scoped("is given up when the other process is silent, and its connection is closed", () =>
    Effect.gen(function* () {
      const the = yield* world({ handle: () => Effect.succeed(reply(1)) })
      yield* pass(1_000)
      the.state.isSilent = true
      const heard = the.ask()
      yield* pass(3_200)
      assert.strictEqual(reasonOf(heard), "not_owner")
      yield* pass(2_000)
      the.state.isSilent = false
      const again = the.ask()
      yield* pass(200)
      assert.deepStrictEqual(again, [Either.right(reply(1))])
      assert.lengthOf(the.handlers, 2)
    })
  )

  it.scoped("is refused at once when too many are missing already", () =>
    Effect.gen(function* () {
      const the = yield* world({})
      yield* pass(1_000)
      the.state.isSilent = true
      const connections = Context.get(yield* Layer.build(the.layer(here)), Connections)
      const peer = new Peer(there, connections, () => 0)
      const heard: Array<Outcome> = []
      const call = () => peer.call(["inventory", sku, "Read"], (outcome) => heard.push(outcome))
      for (let n = 0; n < 16_384; n++) call()
      assert.deepStrictEqual(heard, [])
      call()
      assert.deepStrictEqual(
        heard.map(([outcome]) => outcome),
        ["mailbox_full"]
      )
      const refused = the.ask()
      yield* pass(100)
      the.handlers.at(-1)?.receive(`[[1,"mailbox_full"]]`)
      yield* pass(100)
      assert.strictEqual(reasonOf(refused), "overloaded")
    })
  )

  it.scoped("does not come from a process that writes what cannot be read", () =>
    Effect.gen(function* () {
      const the = yield* world({ handle: () => Effect.succeed(reply(1)) })
      yield* pass(1_000)
      the.state.isSilent = true
      const heard = the.ask()
      yield* pass(200)
      the.state.isSilent = false
      the.handlers[0]?.receive("[[1,{}]]")
      yield* pass(500)
      assert.deepStrictEqual(heard, [Either.right(reply(1))])
      assert.lengthOf(the.handlers, 2)
    })
  )

  it.scoped("does not come to a message that is longer than one may be", () =>
    Effect.gen(function* () {
      const the = yield* world({ handle: () => Effect.succeed(reply(1)) })
      yield* pass(1_000)
      const reason = "x".repeat(70 * 1024 * 1024)
      const heard: Array<Outcome> = []
      const connections = Context.get(yield* Layer.build(the.layer(here)), Connections)
      const peer = new Peer(there, connections, () => 0)
      peer.call(["inventory", sku, "AdjustStock", { reason }], (outcome) => heard.push(outcome))
      yield* pass(100)
      assert.deepStrictEqual(heard, [["defect", "the message is longer than 67108864 bytes"]])
      assert.lengthOf(the.frames, 0)
    })
  )
})
