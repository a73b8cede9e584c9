/** From whatever stopped a request to an error the contract can tell. */
import type { HttpApiError, HttpServerRequest } from "@effect/platform"
import { Cause, Option } from "effect"
import {
  type FieldError,
  InternalError,
  InvalidRequest,
  type ProblemDocument,
  Unavailable
} from "../Problem.ts"
import * as Json from "./Json.ts"
import * as ProblemRegistry from "./ProblemRegistry.ts"
import * as RequestBody from "./RequestBody.ts"
import * as Routes from "./Routes.ts"

type Asked = Pick<HttpServerRequest.HttpServerRequest, "method" | "url">

/** How many flaws one answer lists. */
const fieldErrorsMax = 20

/** What to tell the caller, and whether somebody of ours must look at the cause. */
export interface Explanation {
  readonly refused: unknown
  readonly document: ProblemDocument
  readonly isBug: boolean
}

/** For when even the telling fails. */
const fallback: ProblemDocument = {
  type: "about:blank",
  title: "Internal error",
  status: 500,
  detail: "something went wrong on our side",
  code: "internal_error"
}

const explained = (refused: unknown, isBug: boolean): Explanation => ({
  refused,
  document: ProblemRegistry.encode(refused) ?? fallback,
  isBug
})

export const invalid = (errors: ReadonlyArray<FieldError>) => new InvalidRequest({ errors })

export const explain = (cause: Cause.Cause<unknown>, asked: Asked): Explanation => {
  // The platform makes defects of what goes wrong with a body.
  const isOfBody = Option.filter(Cause.dieOption(cause), RequestBody.isFailure)
  const error = Option.orElse(Cause.failureOption(cause), () => isOfBody)
  const refused = Option.map(error, (error) => translate(error, asked))
  if (Option.exists(refused, (refused) => ProblemRegistry.encode(refused) !== undefined)) {
    return explained(Option.getOrUndefined(refused), false)
  }
  return Cause.isInterruptedOnly(cause)
    ? explained(new Unavailable(), false)
    : explained(new InternalError(), true)
}

/** The error of the platform, in our words; any other is left as it is. */
const translate = (error: unknown, asked: Asked): unknown =>
  isDecodeError(error) ? invalidRequestOf(error, asked) : error

const isDecodeError = (error: unknown): error is HttpApiError.HttpApiDecodeError =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  error._tag === "HttpApiDecodeError"

/** A path that names nothing is not found; all else is an invalid request. */
const invalidRequestOf = (
  { issues }: HttpApiError.HttpApiDecodeError,
  { method, url }: Asked
): unknown => {
  const misnamed = Routes.misnamed(method, url)
  const absent = Option.flatMap(misnamed, ({ absent }) => absent)
  if (Option.isSome(absent)) return absent.value
  const isInBody = Option.isNone(misnamed) && ["POST", "PUT", "PATCH"].includes(method)
  return invalid(issues.slice(0, fieldErrorsMax).map((issue) => fieldErrorOf(issue, isInBody)))
}

type Issue = HttpApiError.HttpApiDecodeError["issues"][number]

/** Headers as their fields are called in the contract, and as people write them. */
const headers = new Map<PropertyKey, string>([
  ["idempotency-key", "Idempotency-Key"],
  ["prefer", "Prefer"],
  ["if-match", "If-Match"],
  ["if-none-match", "If-None-Match"],
  ["last-event-id", "Last-Event-ID"]
])

/** Where the flaw is, by where such a name can stand; what is wrong, without what was sent. */
const fieldErrorOf = ({ _tag, message, path }: Issue, isInBody: boolean): FieldError => {
  const detail =
    _tag === "Unexpected"
      ? "is not a known field"
      : message.replace(/^Expected ([^]*), actual [^]*$/, "must be $1")
  const header = headers.get(path[0] ?? "")
  if (header !== undefined) return { header, detail }
  return isInBody
    ? { pointer: Json.pointer(path), detail }
    : { parameter: path.map(String).join("."), detail }
}
