/** One page of a list, as it is sent. */
import { UnknownCursor, type Page, type PageFailure } from "@souk/actors/projection/ReadModel"
import { HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"
import { orUnavailable } from "./Asking.ts"
import { InvalidRequest, type Unavailable } from "./Problem.ts"

/** Only one way of asking for a page can be wrong once its parameters are well-formed. */
export const orInvalid = <A, R>(
  page: Effect.Effect<A, PageFailure, R>
): Effect.Effect<A, InvalidRequest | Unavailable, R> =>
  orUnavailable(
    Effect.mapError(page, (error) =>
      error instanceof UnknownCursor
        ? new InvalidRequest({
            errors: [{ parameter: "startingAfter", detail: error.message }]
          })
        : error
    )
  )

type Wishes = Readonly<Record<string, string | number | undefined>>

/** The reply, with a link to the page after it: the same question, from the last item on. */
export const reply = <Item>(
  url: string,
  { data, hasMore }: Page<Item>,
  wishes: Wishes,
  lastId: string | undefined
): HttpServerResponse.HttpServerResponse => {
  const response = HttpServerResponse.unsafeJson({ object: "list", data, hasMore, url })
  if (!hasMore || lastId === undefined) return response
  const next = { ...wishes, startingAfter: lastId }
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(next)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  const link = `<${url}?${parameters}>; rel="next"`
  return HttpServerResponse.setHeader(response, "link", link)
}
