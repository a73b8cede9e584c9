/** Turns the cause of a failed request into a problem document of the contract. */
import { HttpApi, type HttpApiError, type HttpServerRequest } from "@effect/platform"
import { Cause, Option, Predicate, type SchemaAST } from "effect"
import { encodersOf } from "../Annotations.ts"
import { Api } from "../Api.ts"
import * as Problem from "../Problem.ts"
import * as RequestBody from "./RequestBody.ts"
import * as Routes from "./Routes.ts"

/** Problems of the HTTP layer itself; those of endpoints are read from the contract. */
const httpApp = [
  Problem.notFound,
  Problem.methodNotAllowed,
  Problem.notAcceptable,
  Problem.uriTooLong,
  Problem.payloadTooLarge,
  Problem.unsupportedMediaType
]

const encoders = new Map<string, Problem.ProblemEncoder["encode"]>()

const register = (ast: SchemaAST.AST): void => {
  for (const { tag, encode } of encodersOf(ast)) encoders.set(tag, encode)
}

HttpApi.reflect(Api, {
  onGroup: () => undefined,
  onEndpoint: ({ errors }) => {
    for (const { ast } of errors.values()) Option.map(ast, register)
  }
})
for (const { ast } of httpApp) register(ast)

/** The problem document of an error; undefined for an error that the contract does not declare. */
const encode = (error: unknown): Problem.ProblemDocument | undefined =>
  Predicate.hasProperty(error, "_tag") ? encoders.get(String(error._tag))?.(error) : undefined

type Asked = Pick<HttpServerRequest.HttpServerRequest, "method" | "url">

/** Maximum number of field errors in one response. */
const fieldErrorsMax = 20

/** The problem of a failed request, and whether its cause is a bug, which is logged. */
export interface Explanation {
  readonly refused: unknown
  readonly document: Problem.ProblemDocument
  readonly isBug: boolean
}

/** For an internal error whose encoder is missing. */
const fallback: Problem.ProblemDocument = {
  type: "about:blank",
  title: "Internal error",
  status: 500,
  detail: "An internal error occurred. Report the request id.",
  code: "internal_error"
}

const explained = (refused: unknown, isBug: boolean): Explanation => ({
  refused,
  document: encode(refused) ?? fallback,
  isBug
})

export const explain = (cause: Cause.Cause<unknown>, asked: Asked): Explanation => {
  // The platform turns failures of reading a body into defects.
  const isOfBody = Option.filter(Cause.dieOption(cause), RequestBody.isFailure)
  const error = Option.orElse(Cause.failureOption(cause), () => isOfBody)
  const refused = Option.map(error, (error) => translate(error, asked))
  if (Option.exists(refused, (refused) => encode(refused) !== undefined)) {
    return explained(Option.getOrUndefined(refused), false)
  }
  return Cause.isInterruptedOnly(cause)
    ? explained(new Problem.Unavailable(), false)
    : explained(new Problem.InternalError(), true)
}

/** Translates decode errors of the platform; other errors stay as they are. */
const translate = (error: unknown, asked: Asked): unknown =>
  isDecodeError(error) ? invalidRequestOf(error, asked) : error

const isDecodeError = (error: unknown): error is HttpApiError.HttpApiDecodeError =>
  Predicate.isTagged(error, "HttpApiDecodeError")

/** A path with a malformed id is not found; any other decode error is an invalid request. */
const invalidRequestOf = (
  { issues }: HttpApiError.HttpApiDecodeError,
  { method, url }: Asked
): unknown => {
  const malformed = Routes.malformedParams(method, url)
  const absent = Option.flatMap(malformed, ({ absent }) => absent)
  if (Option.isSome(absent)) return absent.value
  const isInBody = Option.isNone(malformed) && ["POST", "PUT", "PATCH"].includes(method)
  const errors = issues.slice(0, fieldErrorsMax).map((issue) => fieldErrorOf(issue, isInBody))
  return new Problem.InvalidRequest({ errors })
}

type Issue = HttpApiError.HttpApiDecodeError["issues"][number]

/** Header names as documented, by their field names in the contract. */
const headers = new Map<PropertyKey, string>([
  ["idempotency-key", "Idempotency-Key"],
  ["prefer", "Prefer"],
  ["if-match", "If-Match"],
  ["if-none-match", "If-None-Match"],
  ["last-event-id", "Last-Event-ID"]
])

/** Where a field is invalid and why. Does not repeat the value that was sent. */
const fieldErrorOf = ({ _tag, message, path }: Issue, isInBody: boolean): Problem.FieldError => {
  const detail =
    _tag === "Unexpected"
      ? "is not a known field"
      : message.replace(/^Expected ([^]*), actual [^]*$/, "must be $1")
  const header = headers.get(path[0] ?? "")
  if (header !== undefined) return { header, detail }
  return isInBody
    ? { pointer: RequestBody.pointer(path), detail }
    : { parameter: path.map(String).join("."), detail }
}
