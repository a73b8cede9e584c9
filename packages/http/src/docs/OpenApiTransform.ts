/** What the generator of the OpenAPI document cannot know: problem documents, and header names. */
import { Array as Arr } from "effect"

interface Media {
  readonly schema?: { readonly $ref?: string; readonly anyOf?: ReadonlyArray<{ $ref?: string }> }
}

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Operation {
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, Response>>
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** Errors of the platform, which the edge tells in its own words. */
const foreign = ["HttpApiDecodeError", "Issue", "PropertyKey"]

const refTo = (name: string) => `#/components/schemas/${name}`

const isOurs = ({ $ref }: { readonly $ref?: string }): boolean =>
  !foreign.some((name) => $ref === refTo(name))

/** The alternatives of a response, without those that never come. */
const alternatives = ({ schema }: Media): Media => {
  const ours = (schema?.anyOf ?? []).filter(isOurs)
  const [only, ...others] = ours
  if (only === undefined) return schema === undefined ? {} : { schema }
  return { schema: others.length === 0 ? only : { anyOf: ours } }
}

const described = (status: string, response: Response): Response => {
  const isProblem = Number(status) >= 400
  const [type = "", media] = Object.entries(response.content ?? {})[0] ?? []
  const content = media && {
    [isProblem ? "application/problem+json" : type]: alternatives(media)
  }
  return {
    ...response,
    description: isProblem ? `Refused: ${names(content).join(", ")}` : response.description,
    ...(content && { content })
  }
}

const names = (content: Response["content"] = {}): ReadonlyArray<string> =>
  Object.values(content)
    .flatMap(({ schema }) => schema?.anyOf ?? (schema === undefined ? [] : [schema]))
    .flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref.slice(refTo("").length)]))

/** What any request with a body may be told before its body is read. */
const ofBodies: Readonly<Record<string, Response>> = {
  "413": { description: "Refused: the body is larger than 256 KiB" },
  "415": { description: "Refused: the body is not application/json" }
}

const headers = {
  "Request-Id": {
    description: "The name of this request, in the log and in problem documents",
    schema: { type: "string" }
  }
}

const capitalized = (name: string): string =>
  name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("-")

const operation = (before: Operation): Operation => {
  const given = Object.entries(before.responses).map(
    ([status, response]) => [status, described(status, response)] as const
  )
  const responses = { ...Object.fromEntries(given), ...(before.requestBody ? ofBodies : {}) }
  return {
    ...before,
    parameters: (before.parameters ?? []).map((parameter) =>
      parameter.in === "header" ? { ...parameter, name: capitalized(parameter.name) } : parameter
    ),
    responses: mapValues(responses, (response) => ({ ...response, headers }))
  }
}

const mapValues = <A, B>(
  record: Readonly<Record<string, A>>,
  f: (value: A) => B
): Record<string, B> =>
  Object.fromEntries(Arr.map(Object.entries(record), ([name, value]) => [name, f(value)]))

/** Every operation, with its refusals as they really are. */
export const paths = (before: Paths) => mapValues(before, (one) => mapValues(one, operation))

/** The components that are still spoken of. */
export const schemas = (before: Readonly<Record<string, object>>): Record<string, object> =>
  Object.fromEntries(Object.entries(before).filter(([name]) => !foreign.includes(name)))
