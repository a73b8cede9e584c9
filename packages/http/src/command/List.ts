/** Lists and logs as handlers: which page is asked for, and how it is sent. */
import { HttpServerResponse } from "@effect/platform"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { type Page, type PageFailure, UnknownCursor } from "@souk/actors/projection/ReadModel"
import { Effect, type Option, type Schema } from "effect"
import { limitDefault, rowsDefault } from "../Contract.ts"
import { InvalidRequest } from "../Problem.ts"
import { orUnavailable } from "./ActorRequest.ts"

/** What a request says about the page it wants: see `listQuery`. */
interface Asked {
  readonly limit?: number | undefined
  readonly startingAfter?: string | undefined
  readonly endingBefore?: string | undefined
}

/** The page that a well-formed query asks for. */
interface Cursor<Query extends Asked> {
  readonly limit: number
  readonly startingAfter: Query["startingAfter"]
  readonly endingBefore: Query["endingBefore"]
}

const invalid = (parameter: string, detail: string) =>
  new InvalidRequest({ errors: [{ parameter, detail }] })

const isUnknownCursor = (error: unknown): error is UnknownCursor => error instanceof UnknownCursor

/** The page that is asked for. Well-formed parameters can be wrong in these two ways only. */
const read = <Item, Query extends Asked, E, R>(
  { endingBefore, limit = limitDefault, startingAfter }: Query,
  page: (cursor: Cursor<Query>) => Effect.Effect<Page<Item>, E | PageFailure, R>
) => {
  if (startingAfter !== undefined && endingBefore !== undefined) {
    return Effect.fail(invalid("endingBefore", "cannot be asked for together with startingAfter"))
  }
  const cursor = endingBefore === undefined ? "startingAfter" : "endingBefore"
  return page({ limit, startingAfter, endingBefore }).pipe(
    Effect.catchIf(isUnknownCursor, ({ message }) => invalid(cursor, message)),
    orUnavailable
  )
}

type Wishes = Readonly<Record<string, string | number | undefined>>

interface Told<Item> extends Page<Item> {
  readonly url: string
  readonly asked: Asked & Wishes
  readonly idOf: (item: Item) => string
}

/** The reply, with links to the pages beside it: the same question, from its ends on. */
const reply = <Item>({
  asked,
  data,
  hasMore,
  idOf,
  url
}: Told<Item>): HttpServerResponse.HttpServerResponse => {
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

interface Listed<Query> {
  readonly path: string
  readonly urlParamsSchema: Option.Option<Schema.Schema<Query, unknown>>
}

/** The handler of a list; `page` gives one page of it, by the filters in the query. */
export const list =
  <Item, Query extends Asked & Wishes, E, R>(
    { path: url }: Listed<Query>,
    page: (cursor: Cursor<Query>, asked: Query) => Effect.Effect<Page<Item>, E | PageFailure, R>,
    idOf: (item: Item) => string
  ) =>
  ({ urlParams: asked }: { readonly urlParams: Query }) =>
    Effect.map(
      read(asked, (cursor: Cursor<Query>) => page(cursor, asked)),
      (found) => reply({ url, asked, ...found, idOf })
    )

interface LogQuery {
  readonly after?: number | undefined
  readonly limit?: number | undefined
}

/**
 * One page of a log. It is sent as it was read: pages are large, and what is stored was checked
 * when it was written.
 */
export const log = <Row, E, R>(
  { after = 0, limit = rowsDefault }: LogQuery,
  rows: (
    after: number,
    limit: number
  ) => Effect.Effect<ReadonlyArray<Row>, E | JournalUnavailable, R>,
  placeOf: (row: Row) => number
) =>
  Effect.map(orUnavailable(rows(after, limit)), (data) => {
    const last = data.at(-1)
    return HttpServerResponse.unsafeJson({ data, next: last === undefined ? null : placeOf(last) })
  })
