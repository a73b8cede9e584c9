/** Strict parsing of JSON. */
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { parseJson, pointer } from "@souk/http/edge/RequestBody"

describe("strict JSON", () => {
  it.prop(
    "parses what `JSON.stringify` writes",
    [FastCheck.jsonValue({ maxDepth: 5 })],
    ([value]) => {
      const text = JSON.stringify(value)
      const hasPrototype = text.includes('"__proto__"')
      const read = parseJson(text)
      return hasPrototype || JSON.stringify(Either.getOrNull(read)) === text
    }
  )

  it.prop("never throws", [FastCheck.string({ unit: "binary" })], ([text]) => {
    parseJson(text)
    return true
  })

  it("writes pointers by RFC 6901", () => {
    assert.strictEqual(pointer([]), "#")
    assert.strictEqual(pointer(["a/b", 0, "~", "é", "\ud800"]), "#/a~1b/0/~0/%C3%A9/%EF%BF%BD")
  })
})
