/** Checks responses against the OpenAPI document, and records which have occurred. */
import {
  placeOf,
  pointer,
  resolved,
  wrong,
  type Header,
  type Media,
  type Place
} from "./OpenApiDocument.ts"

export interface Exchange {
  readonly method: string
  /** The path with its query. */
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** Nothing, when the body is not there yet. */
  readonly text?: string
}

/** Responses so far, as `orders.place 201`. */
export const seen = new Set<string>()

/** Pages outside the contract. */
const beside = /^\/(docs|openapi\.json)(\?|$)/

/** Headers that the document must list for each response that has them. */
const meaningful = [
  "etag",
  "idempotent-replayed",
  "link",
  "location",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "souk-position",
  "www-authenticate"
]

/** Differences between a response and the document, as text; none if it conforms. */
export const breaches = (exchange: Exchange): ReadonlyArray<string> => {
  const { method, status, url } = exchange
  // Browsers that ask whether they may ask get an answer that no operation is about.
  if (method === "OPTIONS" || beside.test(url)) return []
  const place = placeOf(method, url)
  const isNowhere = place === undefined || isAstray(exchange)
  const flaws = isNowhere ? ofNowhere(exchange) : ofOperation(exchange, place)
  return flaws.map((fieldError) => `${method} ${url} answered ${status}: ${fieldError}`)
}

/** Paths with a malformed parameter, which match no route. */
const isAstray = ({ status, text = "" }: Exchange): boolean =>
  status === 404 && text.includes('"code":"not_found"')

const ofNowhere = ({ headers, status, text = "" }: Exchange): ReadonlyArray<string> => {
  if (![400, 404, 405, 406, 414, 429, 503].includes(status)) return ["there is no such operation"]
  const type = headers.get("content-type")
  if (type !== "application/problem+json") return [`is ${type}, and no problem document`]
  // Of what is no path there is nothing in the document; this is what every problem has.
  const fieldError = text === "" ? undefined : wrongProblem(JSON.parse(text), status)
  return fieldError === undefined ? [] : [fieldError]
}

const wrongProblem = (problem: Readonly<Record<string, unknown>>, status: number) => {
  const missing = ["type", "title", "detail", "code"].find((name) => !problem[name])
  if (missing !== undefined) return `lacks its ${missing}`
  return problem["status"] === status ? undefined : `says ${String(problem["status"])} inside`
}

const ofOperation = (exchange: Exchange, { method, operation, path }: Place) => {
  const status = `${exchange.status}`
  const answer = operation.responses[status]
  if (answer === undefined) return [`${operation.operationId} promises no ${status}`]
  seen.add(`${operation.operationId} ${status}`)
  const at = pointer("paths", path, method, "responses", status)
  return [
    ...wrongHeaders(exchange.headers, answer.headers ?? {}),
    ...wrongBody(exchange, answer.content ?? {}, at)
  ]
}

const isRequired = (promise: Header): boolean => {
  const told = resolved(promise)
  return "required" in told && told.required === true
}

const wrongHeaders = (
  given: Headers,
  promised: Readonly<Record<string, Header>>
): ReadonlyArray<string> => {
  const names = new Set(Object.keys(promised).map((name) => name.toLowerCase()))
  const unknown = meaningful.filter((name) => given.has(name) && !names.has(name))
  const broken = Object.entries(promised).flatMap(([name, promise]) => {
    const value = given.get(name)
    if (value === null) return isRequired(promise) ? [`lacks ${name}`] : []
    const fieldError = wrong(`${(promise.$ref ?? "#").slice(1)}/schema`, value)
    return fieldError === undefined ? [] : [`${name} is ${value}: ${fieldError}`]
  })
  return [...unknown.map((name) => `has ${name}, of which nothing is said`), ...broken]
}

const wrongBody = (
  { headers, method, text }: Exchange,
  content: Readonly<Record<string, Media>>,
  at: string
): ReadonlyArray<string> => {
  const types = Object.keys(content)
  const type = headers.get("content-type")?.split(";", 1)[0] ?? ""
  if (types.length === 0) return text ? ["has a body, and should have none"] : []
  if (!types.includes(type)) return [`is ${type}, not ${types.join(" or ")}`]
  if (method === "HEAD" || text === undefined || !type.includes("json")) return []
  const reference = content[type]?.schema?.$ref
  const schema = reference?.slice(1) ?? `${at}${pointer("content", type, "schema")}`
  const fieldError = wrong(schema, JSON.parse(text))
  return fieldError === undefined ? [] : [fieldError]
}
