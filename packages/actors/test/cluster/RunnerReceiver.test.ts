/** Messages of other runners: each is answered once, whatever becomes of it. */
import {
  ClusterError,
  EntityAddress,
  EntityId,
  EntityType,
  Message,
  Sharding,
  ShardId,
  Snowflake
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import type { Rpc } from "@effect/rpc"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Layer, Logger, Option } from "effect"
import * as Cluster from "../../src/cluster/Cluster.ts"
import * as Protocol from "../../src/cluster/Protocol.ts"
import * as RunnerReceiver from "../../src/cluster/RunnerReceiver.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { network, pass, reasonOf, reply, there, unused, world } from "../support/TwoRunners.ts"

type Undelivered = ClusterError.MailboxFull | ClusterError.EntityNotAssignedToRunner

/** A received message, and every response to it. */
const receive = (send: () => Effect.Effect<void, Undelivered>, frame: string) =>
  Effect.gen(function* () {
    const net = network()
    const sharding = Layer.mock(Sharding.Sharding, {
      getShardId: () => ShardId.make("default", 1),
      hasShardId: () => true,
      send
    })
    const logs: Array<string> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ message }) => void logs.push(String(message)))
    )
    yield* Layer.build(
      RunnerReceiver.layer.pipe(
        Layer.provide([sharding, net.layer(there)]),
        Layer.provideMerge(logger)
      )
    )
    const heard: Array<string> = []
    const connection = net.connect("there:2", {
      receive: (text) => void heard.push(text),
      closed: () => void heard.push("closed")
    })
    connection.send(frame)
    yield* pass(3_000)
    return { heard, logs }
  })

const request = JSON.stringify([[1, "inventory", "LAMP", "Read", { waitMs: 0 }]])
const address = EntityAddress.make({
  shardId: ShardId.make("default", 1),
  entityType: EntityType.EntityType.make("inventory"),
  entityId: EntityId.make("LAMP")
})

describe("a received message", () => {
  const exits: ReadonlyArray<readonly [string, Effect.Effect<void, Undelivered>, RegExp, number]> =
    [
      ["an interruption, as by an entity that closes", Effect.interrupt, /not_assigned/, 0],
      ["a full mailbox", Effect.fail(new ClusterError.MailboxFull({ address })), /full/, 0],
      [
        "another owner",
        Effect.fail(new ClusterError.EntityNotAssignedToRunner({ address })),
        /not_assigned/,
        0
      ],
      ["a defect", Effect.die(new Error("a bug")), /defect.*a bug/, 1],
      ["an entity that is not there", Effect.never, /defect.*inventory takes no messages/, 1]
    ]
  for (const [what, exit, expected, logged] of exits) {
    it.scoped(`is answered once on ${what}`, () =>
      Effect.gen(function* () {
        const { heard, logs } = yield* receive(() => exit, request)
        assert.lengthOf(heard, 1)
        assert.match(heard[0] ?? "", expected)
        assert.lengthOf(logs, logged)
      })
    )
  }

  it.scoped("is answered when what it was sent to throws", () =>
    Effect.gen(function* () {
      const { heard } = yield* receive(() => {
        throw new Error("a bug")
      }, request)
      assert.match(heard.join(), /defect.*a bug/)
    })
  )

  it.scoped("closes the connection when it cannot be read, and is logged once", () =>
    Effect.gen(function* () {
      for (const frame of ["hello", "{}", `[[1,"inventory"]]`, `[["1","a","b","c"]]`]) {
        const { heard, logs } = yield* receive(() => Effect.die("delivered"), frame)
        assert.deepStrictEqual(heard, ["closed"])
        assert.lengthOf(logs, 1)
      }
    })
  )

  const unknown: ReadonlyArray<readonly [string, string]> = [
    ["whose payload is not one", `[[1,"inventory","LAMP","ReserveStock",{"waitMs":0}]]`],
    ["that the entity does not know", `[[1,"inventory","LAMP","Dance",{}]]`],
    ["to an entity that does not exist", `[[1,"casino","LAMP","Read",{"waitMs":0}]]`]
  ]
  for (const [what, frame] of unknown) {
    it.scoped(`${what} is refused, logged once, and decides nothing`, () =>
      Effect.gen(function* () {
        const the = yield* world({})
        yield* pass(1_000)
        const heard: Array<string> = []
        const connection = the.connect("there:2", {
          receive: (text) => void heard.push(text),
          closed: () => undefined
        })
        connection.send(frame)
        yield* pass(3_000)
        assert.lengthOf(heard, 1)
        assert.match(heard[0] ?? "", /^\[\[1,"defect"/)
        assert.lengthOf(the.logs, 1)
        assert.isBelow(the.logs[0]?.length ?? 0, 600)
      })
    )
  }

  it.scoped("of an entity that closes meanwhile is answered, and asked for at its next owner", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const the = yield* world({
        handle: () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.interrupt)
      })
      yield* pass(1_000)
      const heard = the.ask()
      yield* pass(300)
      assert.isTrue(yield* Deferred.isDone(begun))
      assert.match(the.frames[1] ?? "", /^\[\[1,"not_assigned"/)
      yield* pass(3_000)
      assert.strictEqual(reasonOf(heard), "not_owner")
    })
  )
})

describe("the ids of answered messages", () => {
  // `EntityManager` keeps them until the loop over stored messages clears them, which does not run
  // with `MessageStorage.noop` itself: a set that grows with each message, until it throws.
  it.scoped("are forgotten, so that a process can answer without end", () =>
    Effect.gen(function* () {
      const layer = Protocol.layer(StockEntity, {
        ...unused,
        read: () => Effect.succeed(reply(1))
      }).pipe(Layer.provideMerge(Cluster.layerSingle))
      const context = yield* Layer.build(layer)
      const sharding = Context.get(context, Sharding.Sharding)
      yield* pass(1_000)
      let replies = 0
      const message = new Message.IncomingRequest<Rpc.Any>({
        envelope: {
          _tag: "Request",
          requestId: Snowflake.Snowflake(1n),
          address: EntityAddress.make({
            ...address,
            shardId: sharding.getShardId(address.entityId, "default")
          }),
          tag: "Read",
          payload: { waitMs: 0 },
          headers: Headers.empty
        },
        lastSentReply: Option.none(),
        respond: () => Effect.sync(() => void replies++)
      })
      const send = Effect.exit(sharding.send(message))
      assert.isTrue(Exit.isSuccess(yield* send))
      yield* pass(200)
      assert.strictEqual(replies, 1)
      assert.isTrue(Exit.isFailure(yield* send))
      yield* pass(15_000)
      assert.isTrue(Exit.isSuccess(yield* send))
      yield* pass(200)
      assert.strictEqual(replies, 2)
    })
  )
})
