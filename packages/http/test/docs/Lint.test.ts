/** What a reader of the OpenAPI document may count on, operation by operation. */
import { Validator } from "@seriousme/openapi-schema-validator"
import { assert, describe, it } from "vitest"
import {
  document,
  type Media,
  type Operation,
  places,
  pointer,
  resolved,
  text,
  wrong
} from "../support/OpenApiDocument.ts"

/** All findings about an operation, as text. */
const lint = (
  judge: (operation: Operation, at: string) => ReadonlyArray<string>
): ReadonlyArray<string> =>
  places.flatMap(({ method, operation, path }) =>
    judge(operation, pointer("paths", path, method)).map(
      (complaint) => `${operation.operationId}: ${complaint}`
    )
  )

/** Statuses that every operation may have. */
const always = ["400", "408", "414", "429", "431", "500", "503"]

/** The generator's words for a type, which tell a reader nothing. */
const isSaying = (description = ""): boolean =>
  description.length >= 10 && !/^(a|an) (string|number|array|positive|non)/.test(description)

const examplesOf = (media: Media, at: string): ReadonlyArray<string> => {
  const examples = Object.entries(media.examples ?? {})
  if (examples.length === 0) return ["has no example: annotate the endpoint with Examples"]
  return examples.flatMap(([name, example]) => {
    const told = resolved(example)
    const fieldError = "value" in told ? wrong(`${at}/schema`, told.value) : "it is nowhere"
    return fieldError === undefined ? [] : [`the example ${name} is not as told: ${fieldError}`]
  })
}

const bodiesOf = ({ requestBody, responses }: Operation, at: string) => {
  const given = { ...(requestBody && { [`${at}/requestBody`]: requestBody }) }
  const answers = Object.entries(responses).filter(([status]) => Number(status) < 400)
  const told = answers.map(([status, answer]) => [`${at}/responses/${status}`, answer] as const)
  return [...Object.entries(given), ...told]
}

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const { errors, valid } = await new Validator().validate(JSON.parse(text))
    assert.isTrue(valid, JSON.stringify(errors, null, 2))
  })

  it("has unique operation ids, room.verb, with the room as tag", () => {
    const ids = places.map(({ operation }) => operation.operationId)
    assert.deepStrictEqual(ids, [...new Set(ids)])
    const flaws = lint(({ operationId, tags }) => {
      const [, room] = /^([a-z][a-zA-Z]*)\.[a-z][a-zA-Z]*$/.exec(operationId) ?? []
      if (room === undefined) return ["is not named like orders.place"]
      return tags?.join(" ") === room ? [] : [`is tagged ${tags?.join(" ")}, not ${room}`]
    })
    assert.deepStrictEqual(flaws, [])
  })

  it("has a summary and the access of each operation", () => {
    const flaws = lint(({ responses, security, summary = "" }) => [
      ...(summary.length >= 6 && summary.length <= 90
        ? []
        : ["has no summary of 6 to 90 characters"]),
      ...(security === undefined ? ["does not say who may use it"] : []),
      ...(security?.length === 0 || ("401" in responses && "403" in responses)
        ? []
        : ["is guarded without 401 and 403"])
    ])
    assert.deepStrictEqual(flaws, [])
  })

  it("describes each parameter", () => {
    const flaws = lint(({ parameters }) =>
      parameters
        .filter(({ description }) => !isSaying(description))
        .map(({ name }) => `does not say what ${name} is: add it to docs/OpenApiParameters.ts`)
    )
    assert.deepStrictEqual(flaws, [])
  })

  it("has a valid example of each body", () => {
    const flaws = lint((operation, at) =>
      bodiesOf(operation, at).flatMap(([at, { content = {} }]) =>
        Object.entries(content).flatMap(([type, media]) =>
          examplesOf(media, `${at}${pointer("content", type)}`)
        )
      )
    )
    assert.deepStrictEqual(flaws, [])
  })

  it("has problem documents for refusals, and those of the HTTP layer at every operation", () => {
    const flaws = lint(({ parameters, requestBody, responses }) => {
      const isNamed = parameters.some(({ in: where }) => where === "path")
      const expected = [...always, ...(requestBody === undefined ? [] : ["413"])]
      const refusals = Object.entries(responses).filter(([status]) => Number(status) >= 400)
      return [
        ...expected.filter((status) => !(status in responses)).map((status) => `lacks ${status}`),
        ...(isNamed && !("404" in responses) && !("201" in responses) ? ["lacks 404"] : []),
        ...refusals.flatMap(([status, { content = {} }]) =>
          Object.keys(content).join() === "application/problem+json"
            ? []
            : [`tells ${status} as ${Object.keys(content).join()}`]
        )
      ]
    })
    assert.deepStrictEqual(flaws, [])
  })

  it("has no unused component", () => {
    const unused = Object.entries(document.components).flatMap(([kind, named]) =>
      Object.keys(named).filter((name) =>
        kind === "securitySchemes"
          ? !places.some(({ operation }) => operation.security?.some((it) => name in it))
          : !text.includes(`"#/components/${kind}/${name}"`)
      )
    )
    assert.deepStrictEqual(unused, [])
  })

  it("declares no webhooks", () => {
    assert.deepStrictEqual(document.webhooks, {})
    assert.include(document.info.description, "`webhooks` is empty")
  })
})
