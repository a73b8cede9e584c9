/** The contract as others see it: a change of the checked-in document changes a promise. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import * as TestHttpApp from "../support/TestHttpApp.ts"
import { get } from "../support/Requests.ts"

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly content?: object }>>
}

const operations = (document: { paths: Record<string, Record<string, Operation>> }) =>
  Object.values(document.paths).flatMap((methods) => Object.values(methods))

layer(TestHttpApp.layer, { excludeTestServices: true })("the documentation", (it) => {
  it.effect("is the checked-in OpenAPI document", () =>
    Effect.gen(function* () {
      const { body, status } = yield* get("/openapi.json")
      assert.strictEqual(status, 200)
      assert.match(body.openapi, /^3\.1\./)
      yield* Effect.promise(() =>
        expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot("../openapi.json")
      )
    })
  )

  it.effect("has operation ids, and problem documents for refusals", () =>
    Effect.gen(function* () {
      const { body, text } = yield* get("/openapi.json")
      const all = operations(body)
      assert.strictEqual(new Set(all.map(({ operationId }) => operationId)).size, all.length)
      for (const { responses } of all) {
        for (const [status, { content = {} }] of Object.entries(responses)) {
          const types = Object.keys(content)
          const isRefusal = Number(status) >= 400
          if (isRefusal && types.length > 0) {
            assert.deepStrictEqual(types, ["application/problem+json"])
          }
        }
      }
      assert.notInclude(text, "HttpApiDecodeError")
    })
  )

  it.effect("has a reference page without external resources", () =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* get("/docs", { isAnonymous: true })
      assert.strictEqual(status, 200)
      assert.include(text, "swagger-ui")
      assert.notMatch(text, /<(?:script|link|img)[^>]+(?:src|href)="https?:/)
      const policy = headers.get("content-security-policy") ?? ""
      assert.match(policy, /script-src 'sha256-[^']+'(?: 'sha256-[^']+')*;/)
      assert.notInclude(policy, "script-src 'unsafe-inline'")
    })
  )
})
