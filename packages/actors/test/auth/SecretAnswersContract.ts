/** What is promised about answers that hand out a secret, wherever they are kept. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ApiKeys } from "../../src/auth/ApiKeys.ts"
import { SecretAnswers } from "../../src/auth/SecretAnswers.ts"
import { keyId, type Place } from "./People.ts"

export const secretAnswersContract = <R>({ layer, name }: Place<R>) =>
  describe(`answers with a secret (${name})`, () => {
    const request = (salt: string) => ({ id: "a request", fingerprint: `of ${salt}`, salt })

    it.effect("are made once, however many ask at once, and then remembered", () =>
      Effect.gen(function* () {
        const [{ once }, keys] = [yield* SecretAnswers, yield* ApiKeys]
        const ask = (n: number) => {
          const about = {
            id: keyId(n),
            name: "a",
            scopes: ["stock:read"],
            ownerId: undefined
          } as const
          const hashed = { hash: `hash ${n}`, hint: "wxyz" }
          return once(request(`${n}`), keys.create({ ...about, ...hashed }, "admin"))
        }
        const asks = Array.from({ length: 6 }, (_, n) => ask(n))
        const answers = yield* Effect.all(asks, { concurrency: "unbounded" })
        for (const answer of answers) {
          assert.strictEqual(JSON.stringify(answer), JSON.stringify(answers[0]))
        }
        assert.lengthOf((yield* keys.list({ limit: 10 })).data, 1)
        assert.deepStrictEqual(yield* ask(7), answers[0])
      }).pipe(Effect.provide(layer))
    )

    it.effect("that fail are not remembered, and change nothing", () =>
      Effect.gen(function* () {
        const { once } = yield* SecretAnswers
        const refused = once(request("one"), Effect.fail("refused" as const))
        assert.strictEqual(yield* Effect.flip(refused), "refused")
        const { answer, salt } = yield* once(request("two"), Effect.succeed({ is: "fine" }))
        assert.deepStrictEqual([answer, salt], [{ is: "fine" }, "two"])
      }).pipe(Effect.provide(layer))
    )
  })
