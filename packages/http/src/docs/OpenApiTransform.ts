/**
 * Completes the generated OpenAPI document with the responses of the HTTP layer and with examples.
 */
import { OpenApiJsonSchema } from "@effect/platform"
import { Context, Option, type Schema } from "effect"
import { Examples } from "../Annotations.ts"
import * as Problem from "../Problem.ts"
import * as Headers from "./OpenApiHeaders.ts"
import { parameter } from "./OpenApiParameters.ts"

interface Reference {
  readonly $ref?: string
}

interface Shape extends Reference {
  readonly anyOf?: ReadonlyArray<Reference>
}

interface Media {
  readonly schema?: Shape
}

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Operation {
  readonly operationId: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string }>
  readonly requestBody?: Response
  readonly responses: Readonly<Record<string, Response>>
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** Errors of the platform, which the HTTP layer encodes as problem documents. */
const foreign = ["HttpApiDecodeError", "Issue", "PropertyKey"]

const defsPath = "#/components/schemas/"

const isOurs = ({ $ref }: Reference): boolean => !foreign.some((name) => $ref === defsPath + name)

/** The alternatives of a response, without those that never come. */
const alternatives = ({ schema }: Media): Media => {
  const ours = (schema?.anyOf ?? []).filter(isOurs)
  const [only, ...others] = ours
  if (only === undefined) return schema === undefined ? {} : { schema }
  return { schema: others.length === 0 ? only : { anyOf: ours } }
}

const problemType = "application/problem+json"

const described = (status: string, response: Response): Response => {
  const isProblem = Number(status) >= 400
  const [type = "", media] = Object.entries(response.content ?? {})[0] ?? []
  const content = media && { [isProblem ? problemType : type]: alternatives(media) }
  return {
    ...response,
    description: isProblem ? `Refused: ${names(content).join(", ")}` : response.description,
    ...(content && { content })
  }
}

const names = (content: Response["content"] = {}): ReadonlyArray<string> =>
  Object.values(content)
    .flatMap(({ schema }) => schema?.anyOf ?? (schema === undefined ? [] : [schema]))
    .flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref.slice(defsPath.length)]))

/** The schemas of the HTTP layer's own refusals, by name. */
const httpAppSchemas: Record<string, object> = {}

const refused = <A, I>(refusal: Schema.Schema<A, I>, description: string): Response => {
  const schema: object = OpenApiJsonSchema.makeWithDefs(refusal, { defs: httpAppSchemas, defsPath })
  return { description, content: { [problemType]: { schema } } }
}

const uriTooLong = refused(Problem.uriTooLong, "Refused: the path is longer than 8,000 bytes")
const notAcceptable = refused(Problem.notAcceptable, "Refused: `Accept` takes no form of it")
const payloadTooLarge = refused(Problem.payloadTooLarge, "Refused: the body is larger than 256 KiB")
const unsupportedMediaType = refused(
  Problem.unsupportedMediaType,
  "Refused: the body is not application/json"
)
const requestTimeout = refused(Problem.AnyProblem, "Refused: The request did not arrive in time.")
const headersTooLarge = refused(Problem.AnyProblem, "Refused: the headers are too large")

/** Responses of the HTTP layer to any request of an endpoint. */
const ofHttpApp = ({ requestBody, responses }: Operation): Operation["responses"] => ({
  ...(Object.values(responses).some(isText) ? { "406": notAcceptable } : {}),
  // An endpoint that declares 413 itself accepts any media type.
  ...(requestBody === undefined || "413" in responses
    ? {}
    : { "413": payloadTooLarge, "415": unsupportedMediaType }),
  "408": requestTimeout,
  "414": uriTooLong,
  "431": headersTooLarge
})

const isText = ({ content = {} }: Response): boolean =>
  Object.keys(content).some((type) => type !== problemType)

const notModified: Response = { description: "Not modified" }

type Example = Readonly<Record<string, unknown>>

const withExample = (body: Response, example: Example | undefined): Response => {
  if (example === undefined || body.content === undefined) return body
  const examples = mapEntries(example, (name) => ({ $ref: `#/components/examples/${name}` }))
  return { ...body, content: mapEntries(body.content, (_, media) => ({ ...media, examples })) }
}

const operation = (before: Operation, annotations: Context.Context<never>): Operation => {
  const shown = Option.getOrElse(Context.getOption(annotations, Examples), noExamples)
  const parameters = before.parameters.map(parameter)
  const answers = mapEntries(before.responses, described)
  const isConditional = parameters.some(({ name }) => name === "If-None-Match")
  const responses: Operation["responses"] = {
    ...answers,
    ...(isConditional ? { "304": notModified } : {}),
    ...ofHttpApp({ ...before, responses: answers })
  }
  return {
    ...before,
    parameters,
    ...(before.requestBody && { requestBody: withExample(before.requestBody, shown.request) }),
    responses: mapEntries(responses, (status, response) => ({
      ...(Number(status) < 400
        ? withExample(response, shown.otherwise?.[status] ?? shown.response)
        : response),
      headers: Headers.headersOf({ annotations, parameters, status })
    }))
  }
}

const noExamples = (): Examples["Type"] => ({})

const mapEntries = <A, B>(
  record: Readonly<Record<string, A>>,
  f: (name: string, value: A) => B
): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(name, value)]))

interface Document {
  readonly paths: Paths
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const withoutForeign = (schemas: Readonly<Record<string, object>>): Record<string, object> =>
  Object.fromEntries(Object.entries(schemas).filter(([name]) => !foreign.includes(name)))

/** Every example by its name. */
const examplesOf = (endpoints: Endpoints) =>
  Object.fromEntries(
    [...endpoints.values()].flatMap((annotations) => {
      const shown = Option.getOrElse(Context.getOption(annotations, Examples), noExamples)
      return [shown.request, shown.response, ...Object.values(shown.otherwise ?? {})].flatMap(
        (example = {}) => Object.entries(example).map(([name, value]) => [name, { value }])
      )
    })
  )

/** The annotations of each endpoint, by the id of its operation. */
export type Endpoints = ReadonlyMap<string, Context.Context<never>>

/** The completed document. */
export const document = ({ components, paths }: Document, endpoints: Endpoints) => ({
  paths: mapEntries(paths, (_, path) =>
    mapEntries(path, (_, it) => operation(it, endpoints.get(it.operationId) ?? Context.empty()))
  ),
  // Souk sends no webhooks.
  webhooks: {},
  components: {
    ...components,
    schemas: withoutForeign({ ...components.schemas, ...httpAppSchemas }),
    headers: Headers.components,
    examples: examplesOf(endpoints)
  }
})
