/** How long a process may believe that a shard is its own. */
import { ClusterError, RunnerAddress, RunnerStorage, ShardId } from "@effect/cluster"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, TestClock } from "effect"
import { leaseMs, ShardLeases } from "../../src/cluster/ShardLeases.ts"

const address = RunnerAddress.make("127.0.0.1", 1)
const one = ShardId.make("default", 1)
const two = ShardId.make("default", 2)

/** Locks that are all ours, until the test says otherwise. */
const locks = Effect.gen(function* () {
  const trouble = new ClusterError.PersistenceError({ cause: "the session is gone" })
  const said: Array<string> = []
  const world = {
    isAway: false,
    also: new Set<ShardId.ShardId>(),
    taken: new Set<ShardId.ShardId>(),
    busy: 0,
    said
  }
  const answer = (shards: Iterable<ShardId.ShardId>) =>
    Effect.suspend(() =>
      world.isAway
        ? Effect.fail(trouble)
        : Effect.succeed([...shards].filter((shard) => !world.taken.has(shard)))
    )
  const clock = yield* Effect.clock
  const ahead = { wallMs: 0, countedMs: 0 }
  const skewed: Clock.Clock = {
    ...clock,
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + ahead.wallMs,
    unsafeCurrentTimeNanos: () =>
      clock.unsafeCurrentTimeNanos() + BigInt(ahead.countedMs) * 1_000_000n
  }
  const terms = new ShardLeases(skewed, Effect.void)
  terms.register({
    evict: (shard) => void said.push(`vacate ${shard ?? "all"}`),
    isDrained: () => world.busy-- <= 0
  })
  const storage = terms.watch(
    RunnerStorage.RunnerStorage.of({
      register: () => Effect.die("not asked here"),
      unregister: () => Effect.void,
      getRunners: Effect.succeed([]),
      setRunnerHealth: () => Effect.void,
      acquire: (_, shards) => answer(new Set([...shards, ...world.also])),
      refresh: (_, shards) => answer(shards),
      release: () => Effect.sync(() => void said.push("released")),
      releaseAll: () => Effect.sync(() => void said.push("released all"))
    })
  )
  return { storage, terms, world, ahead }
})

describe("the terms of shards", () => {
  it.effect("begin for what an ask that was given up has locked", () =>
    Effect.gen(function* () {
      const { storage, terms, world } = yield* locks
      world.also.add(two)
      yield* storage.acquire(address, [one])
      assert.isDefined(terms.epoch("default:1"))
      assert.isDefined(terms.epoch("default:2"))
    })
  )

  it.effect("begin with the lock, and go on with every answer", () =>
    Effect.gen(function* () {
      const { storage, terms } = yield* locks
      assert.isUndefined(terms.epoch("default:1"))
      yield* storage.acquire(address, [one])
      const first = terms.epoch("default:1")
      assert.isDefined(first)
      assert.isUndefined(terms.epoch("default:2"))
      yield* TestClock.adjust(leaseMs)
      yield* storage.refresh(address, [one])
      yield* TestClock.adjust(leaseMs)
      assert.strictEqual(terms.epoch("default:1"), first)
      assert.strictEqual(terms.count(), 1)
    })
  )

  it.effect("end after silence of the database, and begin again afterwards", () =>
    Effect.gen(function* () {
      const { storage, terms } = yield* locks
      yield* storage.acquire(address, [one])
      const first = terms.epoch("default:1")
      yield* TestClock.adjust(leaseMs + 1)
      assert.isUndefined(terms.epoch("default:1"))
      assert.isFalse(terms.mayWrite())
      yield* storage.refresh(address, [one])
      assert.isTrue(terms.mayWrite())
      assert.isDefined(terms.epoch("default:1"))
      assert.notStrictEqual(terms.epoch("default:1"), first)
    })
  )

  for (const late of ["wallMs", "countedMs"] as const) {
    it.effect(`are over in time when ${late} of two clocks did not go on`, () =>
      Effect.gen(function* () {
        const { ahead, storage, terms } = yield* locks
        yield* storage.acquire(address, [one])
        yield* TestClock.adjust(leaseMs + 1)
        ahead[late] = -leaseMs
        assert.isFalse(terms.mayWrite())
        assert.isUndefined(terms.epoch("default:1"))
      })
    )
  }

  it.effect("end at once with any failure, and evict all actors", () =>
    Effect.gen(function* () {
      const { storage, terms, world } = yield* locks
      yield* storage.acquire(address, [one])
      const first = terms.epoch("default:1")
      world.isAway = true
      assert.isTrue(Exit.isFailure(yield* Effect.exit(storage.refresh(address, [one]))))
      assert.isUndefined(terms.epoch("default:1"))
      assert.isFalse(terms.mayWrite())
      assert.deepStrictEqual(world.said, ["vacate all"])
      world.isAway = false
      yield* storage.refresh(address, [one])
      assert.notStrictEqual(terms.epoch("default:1"), first)
    })
  )

  it.effect("end alone for a shard that another process owns", () =>
    Effect.gen(function* () {
      const { storage, terms, world } = yield* locks
      yield* storage.acquire(address, [one, two])
      const first = terms.epoch("default:1")
      world.taken.add(two)
      yield* storage.refresh(address, [one, two])
      assert.strictEqual(terms.epoch("default:1"), first)
      assert.isUndefined(terms.epoch("default:2"))
      assert.deepStrictEqual(world.said, ["vacate default:2"])
    })
  )

  it.effect("are given up only when nothing is under way to the journal any more", () =>
    Effect.gen(function* () {
      const { storage, terms, world } = yield* locks
      yield* storage.acquire(address, [one])
      world.busy = 2
      const release = yield* Effect.fork(storage.release(address, one))
      yield* TestClock.adjust(5)
      assert.isUndefined(terms.epoch("default:1"))
      assert.deepStrictEqual(world.said, ["vacate default:1"])
      yield* TestClock.adjust(100)
      yield* Fiber.join(release)
      assert.deepStrictEqual(world.said, ["vacate default:1", "released"])
    })
  )

  it.effect("do not wait for ever for what is under way", () =>
    Effect.gen(function* () {
      const { storage, world } = yield* locks
      yield* storage.acquire(address, [one, two])
      world.busy = Number.MAX_SAFE_INTEGER
      const release = yield* Effect.fork(storage.releaseAll(address))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(release)
      assert.deepStrictEqual(world.said, ["vacate all", "released all"])
    })
  )
})
