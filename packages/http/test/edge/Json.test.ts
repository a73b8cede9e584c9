/** Reading JSON strictly. */
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import * as Json from "@souk/http/edge/Json"

describe("strict JSON", () => {
  it.prop("reads whatever can be written", [FastCheck.jsonValue({ maxDepth: 5 })], ([value]) => {
    const text = JSON.stringify(value)
    const hasPrototype = text.includes('"__proto__"')
    const read = Json.read(text)
    return hasPrototype || JSON.stringify(Either.getOrNull(read)) === text
  })

  it.prop("never throws", [FastCheck.string({ unit: "binary" })], ([text]) => {
    Json.read(text)
    return true
  })

  it("points into the body as RFC 6901 says", () => {
    assert.strictEqual(Json.pointer([]), "#")
    assert.strictEqual(Json.pointer(["a/b", 0, "~", "é", "\ud800"]), "#/a~1b/0/~0/%C3%A9/%EF%BF%BD")
  })
})
