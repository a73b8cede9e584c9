/** What `assert` must tell apart, in every project: chai's own comparison does not. */
import { assert, it } from "@effect/vitest"
import { Data, Either, Exit, Option } from "effect"

class OutOfStock extends Data.TaggedError("OutOfStock")<{ readonly skus: ReadonlyArray<string> }> {}

const pairs: ReadonlyArray<readonly [unknown, unknown]> = [
  [Option.some(1), Option.none()],
  [Option.some(1), Option.some(2)],
  [{ view: Option.none() }, { view: Option.some(1) }],
  [Either.right(1), Either.left(1)],
  [Exit.succeed(1), Exit.void],
  [new OutOfStock({ skus: ["A"] }), new OutOfStock({ skus: ["B"] })],
  [Exit.fail(new OutOfStock({ skus: ["A"] })), Exit.fail(new OutOfStock({ skus: ["B"] }))]
]

it.each(pairs)("tells %o from %o", (left, right) => {
  assert.throws(() => assert.deepStrictEqual(left, right))
  assert.throws(() => assert.deepStrictEqual(right, left))
  assert.throws(() => assert.deepInclude({ value: left }, { value: right }))
  assert.deepStrictEqual([left, right], [left, right])
})
