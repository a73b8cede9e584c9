/** One page of a list: which one is asked for, and how it is sent. */
import {
  type Page,
  type PageFailure,
  type PageQuery,
  UnknownCursor
} from "@souk/actors/projection/ReadModel"
import { HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"
import { orUnavailable } from "./Asking.ts"
import { limitDefault } from "./Contract.ts"
import { InvalidRequest, type Unavailable } from "./Problem.ts"

/** What a request says about the page it wants: see `listQuery`. */
type Asked<Id extends string> = Partial<Pick<PageQuery<Id>, "startingAfter" | "endingBefore">> & {
  readonly limit?: number | undefined
}

const invalid = (parameter: string, detail: string) =>
  new InvalidRequest({ errors: [{ parameter, detail }] })

/** The page that is asked for. Well-formed parameters can be wrong in these two ways only. */
export const read = <Item, Id extends string, R>(
  { endingBefore, limit = limitDefault, startingAfter }: Asked<Id>,
  list: (query: PageQuery<Id>) => Effect.Effect<Page<Item>, PageFailure, R>
): Effect.Effect<Page<Item>, InvalidRequest | Unavailable, R> => {
  if (startingAfter !== undefined && endingBefore !== undefined) {
    return invalid("endingBefore", "cannot be asked for together with startingAfter")
  }
  const cursor = endingBefore === undefined ? "startingAfter" : "endingBefore"
  return orUnavailable(
    Effect.mapError(list({ limit, startingAfter, endingBefore }), (error) =>
      error instanceof UnknownCursor ? invalid(cursor, error.message) : error
    )
  )
}

type Wishes = Readonly<Record<string, string | number | undefined>>

interface Told<Item, Id extends string> extends Page<Item> {
  readonly url: string
  readonly asked: Asked<Id> & Wishes
  readonly idOf: (item: Item) => Id
}

/** The reply, with links to the pages beside it: the same question, from its ends on. */
export const reply = <Item, Id extends string>({
  asked,
  data,
  hasMore,
  idOf,
  url
}: Told<Item, Id>): HttpServerResponse.HttpServerResponse => {
  const response = HttpServerResponse.unsafeJson({ object: "list", data, hasMore, url })
  const { endingBefore, limit = limitDefault, startingAfter, ...wishes } = asked
  const isBefore = endingBefore !== undefined
  // Beyond a cursor there is at least the item that it names.
  const hasNext = isBefore || hasMore
  const hasPrevious = isBefore ? hasMore : startingAfter !== undefined
  const [first, last] = [data[0], data.at(-1)]
  const link = (rel: string, cursor: Wishes) =>
    `<${url}?${parametersOf({ ...wishes, limit, ...cursor })}>; rel="${rel}"`
  const links = [
    ...(last !== undefined && hasNext ? [link("next", { startingAfter: idOf(last) })] : []),
    ...(first !== undefined && hasPrevious ? [link("prev", { endingBefore: idOf(first) })] : [])
  ]
  return links.length === 0
    ? response
    : HttpServerResponse.setHeader(response, "link", links.join(", "))
}

const parametersOf = (wishes: Wishes): URLSearchParams => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(wishes)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters
}
