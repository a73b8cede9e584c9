/** Handlers of lists and logs: the page of a request, and its response. */
import { HttpServerResponse } from "@effect/platform"
import type { JournalUnavailable } from "@souk/actors/journal/Journal"
import { type Page, type PageFailure, UnknownCursor } from "@souk/actors/projection/ReadModel"
import { Effect, type Option, type Schema } from "effect"
import { limitDefault, rowsDefault } from "../Contract.ts"
import { InvalidRequest } from "../Problem.ts"
import { orUnavailable } from "./ActorRequest.ts"

/** Paging parameters of a request: see `listQuery`. */
interface Asked {
  readonly limit?: number | undefined
  readonly startingAfter?: string | undefined
  readonly endingBefore?: string | undefined
}

/** A valid page of a list. */
interface Cursor<Query extends Asked> {
  readonly limit: number
  readonly startingAfter: Query["startingAfter"]
  readonly endingBefore: Query["endingBefore"]
}

const invalid = (parameter: string, detail: string) =>
  new InvalidRequest({ errors: [{ parameter, detail }] })

const isUnknownCursor = (error: unknown): error is UnknownCursor => error instanceof UnknownCursor

/** Reads a page; refuses two cursors at once and cursors that do not exist. */
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

type Parameters = Readonly<Record<string, string | number | undefined>>

interface Found<Item> extends Page<Item> {
  readonly url: string
  readonly asked: Asked & Parameters
  readonly idOf: (item: Item) => string
}

/** The response, with links to the next and previous page under the same filters. */
const reply = <Item>({
  asked,
  data,
  hasMore,
  idOf,
  url
}: Found<Item>): HttpServerResponse.HttpServerResponse => {
  const response = HttpServerResponse.unsafeJson({ object: "list", data, hasMore, url })
  const { endingBefore, limit = limitDefault, startingAfter, ...parameters } = asked
  const isBefore = endingBefore !== undefined
  // The cursor itself is an item beyond the page.
  const hasNext = isBefore || hasMore
  const hasPrevious = isBefore ? hasMore : startingAfter !== undefined
  const [first, last] = [data[0], data.at(-1)]
  const link = (rel: string, cursor: Parameters) =>
    `<${url}?${parametersOf({ ...parameters, limit, ...cursor })}>; rel="${rel}"`
  const links = [
    ...(last !== undefined && hasNext ? [link("next", { startingAfter: idOf(last) })] : []),
    ...(first !== undefined && hasPrevious ? [link("prev", { endingBefore: idOf(first) })] : [])
  ]
  return links.length === 0
    ? response
    : HttpServerResponse.setHeader(response, "link", links.join(", "))
}

const parametersOf = (filters: Parameters): URLSearchParams => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters
}

interface Listed<Query> {
  readonly path: string
  readonly urlParamsSchema: Option.Option<Schema.Schema<Query, unknown>>
}

/** The handler of a list; `page` reads one page under the filters of the query. */
export const list =
  <Item, Query extends Asked & Parameters, E, R>(
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
 * One page of a log. Rows are not encoded again: pages are large, and rows were validated when they
 * were written.
 */
export const log = <Row, E, R>(
  { after = 0, limit = rowsDefault }: LogQuery,
  rows: (
    after: number,
    limit: number
  ) => Effect.Effect<ReadonlyArray<Row>, E | JournalUnavailable, R>,
  positionOf: (row: Row) => number
) =>
  Effect.map(orUnavailable(rows(after, limit)), (data) => {
    const last = data.at(-1)
    return HttpServerResponse.unsafeJson({
      data,
      next: last === undefined ? null : positionOf(last)
    })
  })
