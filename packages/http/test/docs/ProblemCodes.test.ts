/**
 * Every refusal that a client may have learnt to handle stays: the fixture holds the status and the
 * code of each problem, by operation, as they were when it was written. Later operations and later
 * problems may join; none of these may go, move to another status, or change its code.
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type Operation, places, resolved } from "../support/OpenApiDocument.ts"

/** By operation, such as `POST /v1/orders`: lines such as `409 idempotency_key_reused`. */
const promised: Readonly<Record<string, ReadonlyArray<string>>> = JSON.parse(
  readFileSync(new URL("problem-codes.json", import.meta.url), "utf8")
)

/** Paths that have moved since: an old path is 404, and its problems are those of the new one. */
const moved: Readonly<Record<string, string>> = {
  "GET /v1/saga-due": "GET /v1/reminders",
  "POST /v1/orders/{id}/reminder": "POST /v1/orders/{id}/resume"
}

const within = (value: object, name: string): object => {
  const found: unknown = new Map(Object.entries(value)).get(name)
  return typeof found === "object" && found !== null ? found : {}
}

/** The codes that a schema of problems allows; an asterisk where it allows any. */
const codesOf = (schema: object): ReadonlyArray<string> => {
  const target = resolved(schema)
  const anyOf = within(target, "anyOf")
  if (Array.isArray(anyOf)) return anyOf.flatMap(codesOf)
  const allowed = within(within(within(target, "properties"), "code"), "enum")
  return Array.isArray(allowed) ? allowed.map(String) : ["*"]
}

const problemsOf = ({ responses }: Operation): ReadonlyArray<string> =>
  Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, answer]) => {
      const media = within(within(answer, "content"), "application/problem+json")
      return codesOf(within(media, "schema")).map((code) => `${status} ${code}`)
    })
    .toSorted()

const documented = new Map(
  places.map(({ method, operation, path }) => [
    `${method.toUpperCase()} ${path}`,
    problemsOf(operation)
  ])
)

describe("the problems of each operation", () => {
  for (const [name, problems] of Object.entries(promised)) {
    it(`are told as before: ${name}`, () => {
      const now = documented.get(name) ?? documented.get(moved[name] ?? "") ?? []
      expect(problems.filter((problem) => !now.includes(problem))).toEqual([])
    })
  }

  it("are many: a document that could not be read would have none", () => {
    expect(Object.values(promised).flat().length).toBeGreaterThan(500)
  })
})
