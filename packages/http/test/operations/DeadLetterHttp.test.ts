/** Dead letters over HTTP: found, replayed and discarded, and what is refused. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { addLetter, letters } from "../support/Operating.ts"
import { assertProblem, get, post } from "../support/Requests.ts"
import * as TestHttpApp from "../support/TestHttpApp.ts"

const fresh = Effect.sync(() => {
  letters.length = 0
  const unreadable = addLetter()
  const poison = addLetter({ source: "product_list", reason: "poison" })
  return { unreadable, poison }
})

const idsOf = (path: string) =>
  Effect.map(get(`/v1/dead-letters${path}`), ({ body }) =>
    body.data.map(({ id }: { readonly id: string }) => id)
  )

layer(TestHttpApp.layer, { excludeTestServices: true })("dead letters", (it) => {
  it.effect("are found by source, reason and fault, and shown with their event", () =>
    Effect.gen(function* () {
      const { poison, unreadable } = yield* fresh
      assert.deepStrictEqual(yield* idsOf(""), [poison.id, unreadable.id])
      assert.deepStrictEqual(yield* idsOf("?source=order_list"), [unreadable.id])
      assert.deepStrictEqual(yield* idsOf("?reason=poison&fault=ours"), [poison.id])
      assert.deepStrictEqual(yield* idsOf("?fault=theirs"), [])
      const one = yield* get(`/v1/dead-letters/${poison.id}`)
      assert.deepInclude(one.body, { source: "product_list", body: "{}" })
      const listed = yield* get("/v1/dead-letters")
      assert.notProperty(listed.body.data[0], "body")
      for (const path of ["dl_999", "dl_0", "nothing", "dl_1e3"]) {
        const none = yield* get(`/v1/dead-letters/${path}`)
        assertProblem(none, 404, "dead_letter_not_found")
      }
      for (const query of ["reason=boredom", "fault=nature", "source=a%20b"]) {
        assertProblem(yield* get(`/v1/dead-letters?${query}`), 400, "invalid_request")
      }
    })
  )

  it.effect("are replayed or discarded once, by ids or by source", () =>
    Effect.gen(function* () {
      const { poison, unreadable } = yield* fresh
      const replay = (body: object) => post("/v1/dead-letters/replays", body)
      const first = yield* replay({ ids: [unreadable.id] })
      assert.strictEqual(first.status, 200, first.text)
      assert.deepStrictEqual(first.body, { resolved: 1, failed: [], hasMore: false })
      assert.strictEqual((yield* replay({ ids: [unreadable.id] })).body.resolved, 0)
      const early = { source: "product_list", until: "2001-01-01T00:00:00.000Z" }
      assert.strictEqual((yield* replay({ ...early, reason: "undecodable" })).body.resolved, 0)
      const discarded = yield* post("/v1/dead-letters/discards", { ...early, note: "a bug" })
      assert.strictEqual(discarded.body.resolved, 1, discarded.text)
      const shown = yield* get(`/v1/dead-letters/${poison.id}`)
      assert.deepInclude(shown.body, { resolution: "discarded", resolvedBy: "admin" })
      assert.deepStrictEqual(yield* idsOf(""), [])
    })
  )

  it.effect("are not resolved by a request without ids or source", () =>
    Effect.gen(function* () {
      yield* fresh
      const ids = Array.from({ length: 1_001 }, (_, n) => `dl_${n + 1}`)
      const wrong = [
        [{}, "#/source"],
        [{ reason: "poison" }, "#/source"],
        [{ ids: ["dl_1"], source: "order_list" }, "#/ids"],
        [{ ids: [] }, "#/ids"],
        [{ ids }, "#/ids"],
        [{ source: "order_list", until: "tomorrow" }, "#/until"],
        [{ source: "order_list", all: true }, "#/all"]
      ] as const
      for (const [body, pointer] of wrong) {
        for (const [path, more] of [
          ["replays", {}],
          ["discards", { note: "a test" }]
        ] as const) {
          const refused = yield* post(`/v1/dead-letters/${path}`, { ...body, ...more })
          assertProblem(refused, 400, "invalid_request")
          assert.include(refused.body.errors[0].pointer, pointer, JSON.stringify(body).slice(0, 80))
        }
      }
      const silent = yield* post("/v1/dead-letters/discards", { source: "order_list" })
      assertProblem(silent, 400, "invalid_request")
      assert.strictEqual((yield* idsOf("")).length, 2)
    })
  )
})
