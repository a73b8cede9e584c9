/** Messages between two runners, and what becomes of them when something between them breaks. */
import {
  ClusterError,
  EntityAddress,
  EntityId,
  EntityType,
  Message,
  Runner,
  RunnerAddress,
  RunnerStorage,
  Sharding,
  ShardingConfig,
  ShardId,
  Snowflake
} from "@effect/cluster"
import { Headers } from "@effect/platform"
import type { Rpc } from "@effect/rpc"
import { assert, describe, it } from "@effect/vitest"
import { OutOfStock, type StockCommand } from "@souk/domain/inventory/StockCommand"
import type { StockView } from "@souk/domain/inventory/StockView"
import { OrderId, Sku } from "@souk/domain/kernel/Ids"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import {
  Context,
  Deferred,
  Effect,
  Either,
  Exit,
  Fiber,
  Layer,
  Logger,
  Option,
  TestClock
} from "effect"
import * as ActorClient from "../../src/cluster/ActorClient.ts"
import * as Cluster from "../../src/cluster/Cluster.ts"
import { type ConnectionHandler, Connections } from "../../src/cluster/Connection.ts"
import * as LocalActors from "../../src/cluster/LocalActors.ts"
import { type Outcome, Peer } from "../../src/cluster/Peer.ts"
import * as Protocol from "../../src/cluster/Protocol.ts"
import {
  type ActorRequest,
  ActorUnavailable,
  type Reply
} from "../../src/runtime/ActorDefinition.ts"
import * as RunnerTransport from "../../src/cluster/RunnerTransport.ts"
import { StockEntity } from "../../src/inventory/StockEntity.ts"
import { metadata } from "../support/TestShop.ts"

const here = RunnerAddress.make("here", 1)
const there = RunnerAddress.make("there", 2)
const sku = Sku.make("LAMP")

const command = {
  _tag: "ReserveStock",
  sku,
  orderId: OrderId.make("ord_0123456789abcdef0123456789abcdef"),
  quantity: 2,
  expiresAt: Timestamp.fromMillis(1_000)
} as const

const question = (waitMs = 0): ActorRequest<StockCommand> => ({
  command,
  metadata: metadata("c1"),
  waitMs,
  isFirst: false
})

const view: StockView = {
  sku,
  onHand: 5,
  reserved: 2,
  available: 3,
  reorderPoint: null,
  reorderQuantity: null
}

const reply = (version: number, isSettled = true) => ({ version, view, isSettled, isRepeat: false })

type Accept = Parameters<Connections["Type"]["listen"]>[0]

/** Connections that lead to whatever listens, and that the test can break. */
const network = () => {
  const listeners = new Map<string, Accept>()
  const frames: Array<string> = []
  const handlers: Array<ConnectionHandler> = []
  const state = { frames, handlers, isSilent: false }
  const connect = (to: string, handler: ConnectionHandler) => {
    const accept = listeners.get(to)
    let isOpen = accept !== undefined
    const carry = (get: () => ConnectionHandler | undefined) => (text: string) => {
      frames.push(text)
      if (!state.isSilent) setImmediate(() => isOpen && get()?.receive(text))
    }
    const close = () => {
      isOpen = false
      setImmediate(() => handler.closed())
    }
    let far: ConnectionHandler | undefined = undefined
    far = accept?.({ send: carry(() => handler), close }, "test")
    handlers.push({ ...handler, closed: close })
    if (!isOpen) close()
    return { send: carry(() => far), close }
  }
  const layer = (own: RunnerAddress.RunnerAddress) =>
    Layer.succeed(
      Connections,
      Connections.of({
        connect: (to, handler) => connect(`${to.host}:${to.port}`, handler),
        listen: (accept) => void listeners.set(`${own.host}:${own.port}`, accept),
        soon: (then) => void setImmediate(then)
      })
    )
  return { ...state, state, connect, layer }
}

/** The shards belong to the runners that are well: the other one, mostly. */
const storage = (isWell: (address: RunnerAddress.RunnerAddress) => boolean) =>
  Layer.effect(
    RunnerStorage.RunnerStorage,
    Effect.map(RunnerStorage.makeMemory, (memory) => ({
      ...memory,
      getRunners: Effect.sync(() =>
        [here, there].map((address): [Runner.Runner, boolean] => [
          Runner.make({ address, groups: ["default"], weight: 1 }),
          isWell(address)
        ])
      )
    }))
  )

const config = (own: RunnerAddress.RunnerAddress) =>
  ShardingConfig.layer({
    ...Cluster.settings,
    runnerAddress: Option.some(own),
    refreshAssignmentsInterval: 100,
    shardsPerGroup: 4
  })

type Heard = Either.Either<Reply<StockView>, { readonly _tag: string }>
type Stock = Protocol.Messages<Protocol.TypesOf<RpcsOf<typeof StockEntity>>>
type RpcsOf<E> = E extends {
  readonly protocol: { readonly requests: ReadonlyMap<string, infer R> }
}
  ? R
  : never

const unused: Stock = {
  handle: () => Effect.die("not asked"),
  read: () => Effect.die("not read"),
  resume: () => Effect.die("not resumed")
}

/** A runner that calls, and another whose stock answers as the test has it. */
const world = (stock: Partial<Stock>, isThereWell = () => true) =>
  Effect.gen(function* () {
    const net = network()
    const logs: Array<string> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ message }) => void logs.push(String(message)))
    )
    const runner = (own: RunnerAddress.RunnerAddress) =>
      Cluster.overTransport.pipe(
        Layer.provide(net.layer(own)),
        Layer.provide(storage((address) => address === there && isThereWell())),
        Layer.provide(config(own)),
        Layer.provideMerge(logger)
      )
    yield* Layer.build(
      Layer.fresh(
        Protocol.layer(StockEntity, { ...unused, ...stock }).pipe(Layer.provide(runner(there)))
      )
    )
    const client = yield* Layer.build(
      Layer.fresh(LocalActors.layer.pipe(Layer.provideMerge(runner(here))))
    )
    const actors = yield* ActorClient.make(StockEntity).pipe(Effect.provide(client))
    const ask = (waitMs = 0, asked = question(waitMs)) => {
      const heard: Array<Heard> = []
      actors.askOnce(sku, asked, (answer) => void heard.push(answer))
      return heard
    }
    return { ...net, logs, actors, ask }
  })

/** Lets messages travel and clocks go on, so many milliseconds in steps. */
const pass = (ms: number) =>
  Effect.repeatN(
    Effect.zipRight(
      TestClock.adjust("50 millis"),
      Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
    ),
    Math.ceil(ms / 50)
  )

const reasonOf = ([answer]: ReadonlyArray<Heard>) =>
  answer !== undefined && Either.isLeft(answer) && answer.left instanceof ActorUnavailable
    ? answer.left.reason
    : answer

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
      const changed = new ActorUnavailable({ actor, reason: "changed", detail, version: 9 })
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
      assert.deepStrictEqual([reasonOf(short), long], ["moving", []])
      yield* pass(1_500)
      assert.strictEqual(reasonOf(long), "moving")
    })
  )

  it.scoped("is given up when the other process is silent, and its connection is closed", () =>
    Effect.gen(function* () {
      const the = yield* world({ handle: () => Effect.succeed(reply(1)) })
      yield* pass(1_000)
      the.state.isSilent = true
      const heard = the.ask()
      yield* pass(3_200)
      assert.strictEqual(reasonOf(heard), "moving")
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
      assert.strictEqual(reasonOf(refused), "saturated")
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
      RunnerTransport.layerServer.pipe(
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
      assert.strictEqual(reasonOf(heard), "moving")
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
