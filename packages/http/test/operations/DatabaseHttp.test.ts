/** The database report, and the rebuild of a read model. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { assertProblem, get, post, sell } from "../support/Requests.ts"

layer(TestHttpApp.layer, { excludeTestServices: true })("the database", (it) => {
  it.effect("is reported: migrations, read models and the end of the journal", () =>
    Effect.gen(function* () {
      yield* sell("LAMP")
      const { body, status } = yield* get("/v1/database")
      assert.strictEqual(status, 200)
      assert.isAbove(body.head, 0)
      assert.strictEqual(body.migrations[0].state, "applied")
      assert.deepStrictEqual(body.readModels, [
        {
          name: "product_list",
          position: body.head,
          behindMs: 0,
          rebuildTo: null,
          isDisabled: false
        }
      ])
    })
  )

  it.effect("rebuilds a read model, and refuses unknown ones", () =>
    Effect.gen(function* () {
      const begun = yield* post("/v1/read-models/product_list/rebuild", undefined)
      assert.strictEqual(begun.status, 202, begun.text)
      assert.deepInclude(begun.body, { name: "product_list", isJoined: false })
      for (const name of ["journal", "Product_List", "A"]) {
        const refused = yield* post(`/v1/read-models/${name}/rebuild`, undefined)
        assertProblem(refused, 404, "read_model_not_found")
      }
    })
  )
})
