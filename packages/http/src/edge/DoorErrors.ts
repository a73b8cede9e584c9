/** Refusals of the door itself: no room needs to know them. */
import {
  MethodNotAllowed,
  NotAcceptable,
  NotFound,
  PayloadTooLarge,
  refusal,
  UnsupportedMediaType,
  UriTooLong
} from "../Problem.ts"

/** Of what is no path, or no method of it. */
export const astray = [
  refusal(NotFound, { status: 404, title: "Nothing here" }),
  refusal(MethodNotAllowed, { status: 405, title: "Method not allowed" })
]

export const notAcceptable = refusal(NotAcceptable, {
  status: 406,
  title: "No such form of the answer"
})

export const uriTooLong = refusal(UriTooLong, { status: 414, title: "The path is too long" })

export const payloadTooLarge = refusal(PayloadTooLarge, {
  status: 413,
  title: "The body is too large"
})

export const unsupportedMediaType = refusal(UnsupportedMediaType, {
  status: 415,
  title: "Not JSON"
})
