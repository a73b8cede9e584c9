/** Credentials are normalised to one form, or refused; never cut. */
import { assert, describe, it } from "@effect/vitest"
import { Email, Password } from "@souk/domain/auth/Credentials"
import { Either, Schema } from "effect"

const email = Schema.decodeUnknownEither(Email)
const password = Schema.decodeUnknownEither(Password)

describe("an e-mail address", () => {
  it.each([
    ["Ada@Example.COM", "ada@example.com"],
    ["ada+souk@mail.example.com", "ada+souk@mail.example.com"],
    // Composed and decomposed, and the Kelvin sign for a K: one address each.
    ["re\u0301my@example.com", "r\u00e9my@example.com"],
    ["\u212Aai@example.com", "kai@example.com"]
  ])("is compared in one form (%s)", (typed, kept) => {
    assert.deepStrictEqual(email(typed), Either.right(kept))
  })

  it.each([
    "",
    "ada",
    "ada@",
    "@example.com",
    "ada@localhost",
    "a da@example.com",
    "ada@example.com\n",
    "ada\u0000@example.com",
    "ada\u202E@example.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b.".repeat(130)}com`
  ])("is refused when it can be none (%j)", (typed) => {
    assert.isTrue(Either.isLeft(email(typed)))
  })
})

describe("a password", () => {
  it("is normalised to one Unicode form", () => {
    assert.deepStrictEqual(password("cafe\u0301-noir"), Either.right("caf\u00e9-noir"))
  })

  it("has 8 to 200 characters, counted as code points, and is never cut", () => {
    assert.isTrue(Either.isLeft(password("7 chars")))
    assert.isTrue(Either.isLeft(password("\u{1F9C2}".repeat(7))))
    assert.deepStrictEqual(password("\u{1F9C2}".repeat(200)), Either.right("\u{1F9C2}".repeat(200)))
    assert.isTrue(Either.isLeft(password("a".repeat(201))))
    assert.isTrue(Either.isLeft(password("a".repeat(100_000))))
  })

  it("contains no ambiguous characters", () => {
    assert.isTrue(Either.isLeft(password("password\u0000")))
    assert.isTrue(Either.isLeft(password("password\uD800")))
  })
})
