/** A shop that has nothing but its database, as a process of its own that tests can kill. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Redacted } from "effect"
import * as Database from "../../src/database/Database.ts"
import * as InstanceLock from "../../src/database/InstanceLock.ts"

const Storage = Layer.provideMerge(InstanceLock.layer, Database.layer)

// A bug outside of any effect, on demand.
process.on("SIGUSR2", () => {
  throw new Error("a bug")
})

Effect.gen(function* () {
  const database = yield* Database.Database
  const node = yield* InstanceLock.InstanceLock
  yield* Console.log(`ready ${Redacted.value(database.url)}`)
  return yield* Effect.raceFirst(database.lost, node.lost)
}).pipe(Effect.provide(Storage), NodeRuntime.runMain)
