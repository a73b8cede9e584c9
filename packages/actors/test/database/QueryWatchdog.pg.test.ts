/** Statements without an answer do not keep their connection for ever. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted } from "effect"
import * as Pg from "pg"
import { Database } from "../../src/database/Database.ts"
import * as Session from "../../src/database/Session.ts"
import * as QueryWatchdog from "../../src/database/QueryWatchdog.ts"
import * as Proxy from "../journal/Proxy.ts"
import * as TestPg from "../support/TestPg.ts"

/** A connection through a network that can be muted, and what watches it. */
const connected = Effect.fnUntraced(function* (limitMs: number) {
  const { url } = yield* Database
  const address = new URL(Redacted.value(url))
  const network = yield* Proxy.make(new URL(address))
  address.hostname = "127.0.0.1"
  address.port = String(network.port)
  const watchdog = yield* QueryWatchdog.watch(limitMs)
  const client = new Pg.Client(Session.connection(Redacted.make(address.href)))
  client.on("error", () => undefined)
  yield* Effect.acquireRelease(
    Effect.promise(() => client.connect()),
    () => Effect.sync(() => void client.end(() => undefined))
  )
  const ask = (text: string) =>
    Effect.promise(async () => {
      watchdog.started(client)
      const answer = await client.query(text).then(Either.right, Either.left)
      watchdog.finished(client)
      return answer
    })
  return { network, ask }
})

describe("a statement", () => {
  it.scopedLive("fails when its server is silent, and its connection is no more", () =>
    Effect.gen(function* () {
      const { ask, network } = yield* connected(1_000)
      assert.isTrue(Either.isRight(yield* ask("SELECT 1")))
      network.mute()
      assert.isTrue(Either.isLeft(yield* ask("SELECT 2")))
      assert.isTrue(Either.isLeft(yield* ask("SELECT 3")))
    }).pipe(Effect.scoped, Effect.provide(TestPg.layer))
  )

  it.scopedLive("may take as long as it is given, and a connection may rest for longer", () =>
    Effect.gen(function* () {
      const { ask } = yield* connected(2_000)
      assert.isTrue(Either.isRight(yield* ask("SELECT pg_sleep(1.5)")))
      yield* Effect.sleep("3500 millis")
      assert.isTrue(Either.isRight(yield* ask("SELECT pg_sleep(1.5)")))
      assert.isTrue(Either.isRight(yield* ask("SELECT 1")))
    }).pipe(Effect.scoped, Effect.provide(TestPg.layer))
  )
})
