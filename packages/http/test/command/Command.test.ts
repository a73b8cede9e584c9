/** The response of a command follows from the declaration of its endpoint. */
import { HttpApiEndpoint, HttpApiSchema, HttpServerRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ActorUnavailable, type Reply } from "@souk/actors/runtime/ActorDefinition"
import { Journal } from "@souk/actors/journal/Journal"
import * as JournalMemory from "../../../actors/test/support/JournalMemory.ts"
import { Location } from "@souk/http/Annotations"
import { Caller } from "@souk/http/auth/Authentication"
import { command, type Entity } from "@souk/http/command/Command"
import { preconditionFailed, problem, Unavailable } from "@souk/http/Problem"
import { CommandId } from "@souk/domain/kernel/Ids"
import { Cause, Effect, Exit, Schema } from "effect"

class Full extends Schema.TaggedError<Full>()("Full", {}) {
  override get message() {
    return "the list is full"
  }
}

class Closed extends Schema.TaggedError<Closed>()("Closed", {}) {
  override get message() {
    return "the list is closed"
  }
}

interface View {
  readonly name: string
}

interface Put {
  readonly _tag: "Put"
}

interface List {
  readonly Command: Put
  readonly View: View
  readonly Rejection: Closed | Full
}

type Refused = ActorUnavailable | Closed | Full

const Item = Schema.Struct({ name: Schema.String })

const path = Schema.Struct({ id: Schema.String })

const put = HttpApiEndpoint.put("put", "/v1/lists/:id")
  .annotate(Location, "/v1/lists/:id")
  .setPath(path)
  .addSuccess(Item, { status: 201 })
  .addError(problem(Full, { status: 409, title: "Full" }))
  .addError(preconditionFailed)

const remove = HttpApiEndpoint.del("remove", "/v1/lists/:id")
  .setPath(path)
  .addSuccess(HttpApiSchema.NoContent)

const wait = HttpApiEndpoint.post("wait", "/v1/lists/:id/items")
  .setPath(path)
  .setHeaders(Schema.Struct({ prefer: Schema.optional(Schema.String) }))
  .addSuccess(Item, { status: 201 })
  .addSuccess(Item, { status: 202 })

const done: Reply<View> = { version: 1, view: { name: "a" }, isSettled: true, isRepeat: false }

/** An entity that answers every command with `reply`. */
const entityOf = (reply: Effect.Effect<Reply<View>, Refused>) =>
  Effect.map(Journal, (journal): Entity<string, List, View, never> => ({
    streamId: (id) => `list-${id}`,
    body: () => Effect.succeed({ name: "a" }),
    client: {
      handle: () => reply,
      read: () => Effect.succeed(done),
      resume: () => reply,
      ask: () => undefined,
      askOnce: () => undefined
    },
    journal,
    read: () => Effect.succeed(done),
    settled: () => Effect.succeed(done)
  }))

const request = HttpServerRequest.fromWeb(new Request("http://localhost/v1/lists/l1"))

const caller = Caller.of({ id: "admin", principal: "admin", userId: undefined, scopes: new Set() })

const given = { path: { id: "l1" }, request }

const asked = (endpoint: typeof put, reply: Effect.Effect<Reply<View>, Refused>) =>
  Effect.flatMap(entityOf(reply), (entity) =>
    command(endpoint, entity, ({ path: { id } }) => [id, { _tag: "Put" }])(given)
  ).pipe(Effect.provideService(Caller, caller), Effect.provide(JournalMemory.layer))

describe("a command", () => {
  it.effect("has the status and the headers that its endpoint declares", () =>
    Effect.gen(function* () {
      const { headers, status } = yield* asked(put, Effect.succeed(done))
      assert.strictEqual(status, 201)
      assert.strictEqual(headers["location"], "/v1/lists/l1")
      assert.isUndefined(headers["etag"])
    })
  )

  it.effect("is refused by the errors that its endpoint declares; any other is a bug", () =>
    Effect.gen(function* () {
      assert.instanceOf(yield* Effect.flip(asked(put, new Full())), Full)
      const exit = yield* Effect.exit(asked(put, new Closed()))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )

  it.effect("is unavailable, and no bug, where its answer cannot be made now", () =>
    Effect.gen(function* () {
      const entity = yield* entityOf(Effect.succeed({ ...done, isRepeat: true }))
      const ask = ({ path: { id } }: typeof given) =>
        [id, { _tag: "Put" }, { commandId: CommandId.make("put/1") }] as const
      const answering = command(put, entity, ask, { answer: () => new Unavailable() })
      assert.instanceOf(yield* Effect.flip(answering(given)), Unavailable)
      const replaying = command(put, entity, ask, { replay: () => new Unavailable() })
      assert.instanceOf(yield* Effect.flip(replaying(given)), Unavailable)
    }).pipe(Effect.provideService(Caller, caller), Effect.provide(JournalMemory.layer))
  )

  it.effect("is refused with the current version if another one is required", () =>
    Effect.gen(function* () {
      const changed = { actor: "list", reason: "version_mismatch", detail: "", version: 7 } as const
      const error = yield* Effect.flip(asked(put, new ActorUnavailable(changed)))
      assert.strictEqual(error._tag === "PreconditionFailed" && error.version, 7)
    })
  )

  it.effect("has no body if its endpoint declares none", () =>
    Effect.gen(function* () {
      const entity = yield* entityOf(Effect.succeed(done))
      const { body, status } = yield* command(remove, entity, ({ path: { id } }) => [
        id,
        { _tag: "Put" }
      ])(given)
      assert.strictEqual(status, 204)
      assert.strictEqual(body._tag, "Empty")
    }).pipe(Effect.provideService(Caller, caller), Effect.provide(JournalMemory.layer))
  )

  it.effect("waits for a second in its own message, and then in a second one", () =>
    Effect.gen(function* () {
      const entity = yield* entityOf(Effect.succeed(done))
      const { client } = entity
      const waits = (isSettled: boolean, prefer: string) =>
        Effect.gen(function* () {
          const waited: Array<number | undefined> = []
          const after = (ms: number | undefined, reply: Reply<View>) =>
            Effect.sync(() => {
              waited.push(ms)
              return reply
            })
          const waiting: Entity<string, List, View, never> = {
            ...entity,
            client: {
              ...client,
              handle: (_id, _command, _metadata, ms) => after(ms, { ...done, isSettled })
            },
            settled: (_id, ms) => after(ms, done)
          }
          const handler = command(wait, waiting, ({ path: { id } }) => [id, { _tag: "Put" }])
          const { status } = yield* handler({ ...given, headers: { prefer } })
          return [status, ...waited]
        })
      assert.deepStrictEqual(yield* waits(true, "wait=3"), [201, 1_000])
      assert.deepStrictEqual(yield* waits(false, "wait=3"), [201, 1_000, 2_000])
      assert.deepStrictEqual(yield* waits(false, "wait=1"), [202, 1_000])
      assert.deepStrictEqual(yield* waits(false, "wait=0"), [202, 0])
    }).pipe(Effect.provideService(Caller, caller), Effect.provide(JournalMemory.layer))
  )
})
