/** Idempotency keys, preferences and canonical JSON. */
import { assert, describe, it } from "@effect/vitest"
import { IdempotencyKey, waitOf } from "@souk/http/command/RequestHeaders"
import { canonical } from "@souk/domain/kernel/Text"
import { FastCheck, Schema } from "effect"

const decode = Schema.decodeUnknownOption(IdempotencyKey)
const encode = Schema.encodeSync(IdempotencyKey)

describe("an idempotency key", () => {
  it("is the same quoted and bare", () => {
    const keys = [
      ["abc", "abc"],
      ['"abc"', "abc"],
      [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
      ["a b", "a b"],
      [`"${"x".repeat(255)}"`, "x".repeat(255)]
    ] as const
    for (const [text, key] of keys) assert.deepStrictEqual(decode(text), decode(encode(key)))
  })

  it("is refused if it is malformed", () => {
    const bad = ["", '"', '""', '"a', '"a"b"', String.raw`"a\b"`, "\t", "é", "x".repeat(256)]
    for (const text of bad) assert.strictEqual(decode(text)._tag, "None", text)
  })

  it("is the same after encoding and decoding", () => {
    const printable = FastCheck.stringMatching(/^[\x20-\x7e]{1,255}$/)
    FastCheck.assert(
      FastCheck.property(printable, (key) => {
        const back = decode(encode(key))
        return back._tag === "Some" && back.value === key
      })
    )
  })
})

describe("the canonical text of a value", () => {
  it("does not depend on the order of members", () => {
    const turn = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turn)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([name, member]) => [name, turn(member)])
            )
          : value
    FastCheck.assert(
      FastCheck.property(
        FastCheck.jsonValue({ maxDepth: 4 }),
        (value) => canonical(turn(value)) === canonical(value)
      )
    )
  })

  it("tells different values apart", () => {
    const different = [{ a: 1 }, { a: "1" }, [["a", 1]], { a: [1] }, { a: null }, {}, [], "a", null]
    assert.strictEqual(new Set(different.map(canonical)).size, different.length)
  })
})

describe("the preferred wait", () => {
  it("is read by RFC 7240, and bounded", () => {
    const wishes = [
      [undefined, 5_000],
      ["wait=0", 0],
      ["wait=10", 10_000],
      ['wait="10"', 10_000],
      ["respond-async, wait=10; q=1", 10_000],
      ["WAIT = 7", 7_000],
      ["wait=31", 30_000],
      ["wait=999999999", 30_000],
      ["wait=-1", 5_000],
      ["wait=1.5", 5_000],
      ["wait=soon", 5_000],
      ["await=9", 5_000],
      ["", 5_000]
    ] as const
    for (const [prefer, waitMs] of wishes) assert.strictEqual(waitOf(prefer).waitMs, waitMs, prefer)
  })
})
