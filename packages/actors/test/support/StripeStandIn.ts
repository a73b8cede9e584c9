/**
 * Stripe's interface on a port of this machine: it checks what it is sent, keeps its own book, and
 * fails as it is told to.
 */
import { Effect, type Scope } from "effect"
import * as Http from "node:http"
import { Stripe } from "stripe"
import {
  type Answer,
  type Entry,
  type ErrorBody,
  errorOf,
  type Form,
  StripeBook
} from "./StripeBook.ts"
import type { SignedBody, StandInEvent } from "./StripeShapes.ts"

/** What goes wrong with one request. `isDone` says whether it was carried out nevertheless. */
export type Fault =
  /** An error instead. One that is kept is given again for the same key. */
  | {
      readonly _tag: "Refuse"
      readonly status: number
      readonly error: ErrorBody
      readonly headers?: Http.OutgoingHttpHeaders
      readonly isKept?: boolean
    }
  | { readonly _tag: "Hang"; readonly isDone: boolean }
  | { readonly _tag: "Reset"; readonly isDone: boolean }
  /** These bytes instead of an answer. */
  | { readonly _tag: "Garble"; readonly isDone: boolean; readonly body: string }
  /** The headers and a part of the body, and then nothing more. */
  | { readonly _tag: "Stall"; readonly isDone: boolean }
  /** An answer with other fields than the book has. */
  | { readonly _tag: "Alter"; readonly fields: object }

export interface Request {
  readonly method: string
  readonly path: string
  readonly key: string | undefined
  readonly form: Form
  readonly headers: Http.IncomingHttpHeaders
}

export interface StripeStandIn {
  readonly url: string
  readonly book: StripeBook
  readonly requests: ReadonlyArray<Request>
  /** The next requests with this key, card or path go wrong, one fault each. */
  readonly fail: (what: string, ...faults: ReadonlyArray<Fault>) => void
  /** A day has passed: the key is not remembered. */
  readonly forget: (key: string) => void
}

export const secretKey = "sk_test_standinstandin"

interface Kept extends Answer {
  readonly fingerprint: string
}

/** What each request may say, `metadata` aside; the first ones it must say. */
const routes: ReadonlyArray<readonly [route: RegExp, must: Array<string>, may: Array<string>]> = [
  [
    /^POST \/v1\/payment_intents$/,
    ["amount", "currency", "payment_method", "confirm", "capture_method"],
    [
      "off_session",
      "automatic_payment_methods[enabled]",
      "automatic_payment_methods[allow_redirects]"
    ]
  ],
  [/^POST \/v1\/payment_intents\/\w+\/capture$/, [], ["amount_to_capture"]],
  [/^POST \/v1\/payment_intents\/\w+\/cancel$/, [], ["cancellation_reason"]],
  [/^POST \/v1\/refunds$/, ["payment_intent", "amount"], []],
  [/^GET \/v1\/payment_intents\/search$/, ["query"], ["limit", "page"]],
  [/^GET \/v1\/payment_intents\/\w+$/, [], []],
  [/^GET \/v1\/refunds$/, [], ["payment_intent", "limit", "starting_after"]]
]

/** What is wrong with the form of a request, if anything is. */
const check = ({ form, headers, key, method, path }: Request): Answer | undefined => {
  if (headers.authorization !== `Bearer ${secretKey}`) {
    // Stripe repeats most of the key in its message; Souk must not repeat the message.
    return errorOf(401, { message: `Invalid API Key provided: ${headers.authorization}` })
  }
  if (headers["stripe-version"] !== Stripe.API_VERSION) return errorOf(400, { message: "version" })
  if (method === "POST") {
    if (headers["content-type"] !== "application/x-www-form-urlencoded") {
      return errorOf(400, { message: "not a form" })
    }
    if (key === undefined || key.length > 255) return errorOf(400, { message: "no key" })
  }
  const found = routes.find(([route]) => route.test(`${method} ${path}`))
  if (found === undefined) return errorOf(404, { message: "Unrecognized request URL" })
  const [, must, may] = found
  const missing = must.find((name) => !(name in form))
  if (missing !== undefined) return errorOf(400, { code: "parameter_missing", param: missing })
  const unknown = Object.keys(form).find(
    (name) => !must.includes(name) && !may.includes(name) && !/^metadata\[\w{1,40}\]$/.test(name)
  )
  return unknown === undefined
    ? undefined
    : errorOf(400, { code: "parameter_unknown", param: unknown })
}

const metadataIn = (form: Form): Form =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => {
      const match = /^metadata\[(\w+)\]$/.exec(name)
      return match?.[1] === undefined ? [] : [[match[1], value]]
    })
  )

const page = <A extends { readonly id: string }>(
  url: string,
  all: ReadonlyArray<A>,
  { limit = "10", starting_after }: Form
): Answer => {
  const from = starting_after ? all.findIndex(({ id }) => id === starting_after) + 1 : 0
  const data = all.slice(from, from + Number(limit))
  const body: Stripe.ApiList<A> = {
    object: "list",
    data,
    has_more: from + data.length < all.length,
    url
  }
  return { status: 200, body }
}

const carryOut = (book: StripeBook, { form, key = "", method, path }: Request): Answer => {
  const [, id = "", verb] = /^\/v1\/payment_intents\/(\w+)(?:\/(\w+))?$/.exec(path) ?? []
  if (path === "/v1/refunds") {
    return method === "POST"
      ? book.refund(key, form, metadataIn(form))
      : page(path, book.refundsOf(form["payment_intent"] ?? ""), form)
  }
  if (path === "/v1/payment_intents") return book.create(key, form, metadataIn(form))
  if (verb === "capture") return book.capture(key, id, form)
  if (verb === "cancel") return book.cancel(key, id)
  if (id === "search") {
    const orderId = /^metadata\["order_id"\]:"(\w+)"$/.exec(form["query"] ?? "")?.[1]
    if (orderId === undefined) return errorOf(400, { param: "query" })
    const data = [...book.search(orderId)]
    const body: Stripe.ApiSearchResult<Stripe.PaymentIntent> = {
      object: "search_result",
      data,
      has_more: false,
      url: path,
      next_page: null
    }
    return { status: 200, body }
  }
  const intent = book.intents.get(id)
  return intent === undefined
    ? errorOf(404, { code: "resource_missing", param: "intent" })
    : { status: 200, body: intent }
}

/** Options of a stand-in that runs for longer than one test. */
export interface Options {
  /** Gets each entry of the book before any response or webhook tells of it. */
  readonly written?: (entry: Entry) => void
  /** What goes wrong with a request that `fail` says nothing about. */
  readonly faultOf?: (request: Request) => Fault | undefined
}

class Server {
  readonly book: StripeBook
  readonly requests: Array<Request> = []
  readonly kept = new Map<string, Kept>()
  readonly faults = new Map<string, Array<Fault>>()
  readonly #faultOf: (request: Request) => Fault | undefined

  constructor({ faultOf, written }: Options) {
    this.book = new StripeBook(written)
    this.#faultOf = faultOf ?? (() => undefined)
  }

  #nextFault(request: Request): Fault | undefined {
    const { form, key, path } = request
    return (
      [key, form["payment_method"], path]
        .map((what) => this.faults.get(what ?? "")?.shift())
        .find((fault) => fault !== undefined) ?? this.#faultOf(request)
    )
  }

  /** The answer by the book, or the one that was given for this key before. */
  #answer(request: Request): Answer & { readonly isReplayed: boolean } {
    const wrong = check(request)
    if (wrong !== undefined) return { ...wrong, isReplayed: false }
    const { form, key, method, path } = request
    if (method === "GET" || key === undefined) {
      return { ...carryOut(this.book, request), isReplayed: false }
    }
    const fingerprint = JSON.stringify([path, Object.entries(form).toSorted()])
    const before = this.kept.get(key)
    if (before === undefined) {
      const answer = carryOut(this.book, request)
      this.kept.set(key, { ...answer, fingerprint })
      return { ...answer, isReplayed: false }
    }
    return before.fingerprint === fingerprint
      ? { ...before, isReplayed: true }
      : { ...errorOf(400, { type: "idempotency_error" }), isReplayed: false }
  }

  #refuse(request: Request, fault: Extract<Fault, { readonly _tag: "Refuse" }>): Answer {
    const answer = errorOf(fault.status, fault.error)
    const { form, key, path } = request
    if (fault.isKept === true && key !== undefined) {
      const fingerprint = JSON.stringify([path, Object.entries(form).toSorted()])
      this.kept.set(key, { ...answer, fingerprint })
    }
    return answer
  }

  handle(request: Request, response: Http.ServerResponse): void {
    this.requests.push(request)
    const send = ({ body, status }: Answer, headers: Http.OutgoingHttpHeaders = {}) => {
      const id = `req_standin${this.requests.length}`
      response.writeHead(status, {
        "content-type": "application/json",
        "request-id": id,
        ...headers
      })
      response.end(JSON.stringify(body))
    }
    const fault = this.#nextFault(request)
    if (fault?._tag === "Refuse") return send(this.#refuse(request, fault), fault.headers)
    if (fault === undefined || fault._tag === "Alter" || fault.isDone) {
      const { isReplayed, ...answer } = this.#answer(request)
      const headers = isReplayed ? { "idempotent-replayed": "true" } : {}
      if (fault === undefined) return send(answer, headers)
      if (fault._tag === "Alter") {
        return send({ ...answer, body: { ...answer.body, ...fault.fields } }, headers)
      }
    }
    switch (fault._tag) {
      case "Hang":
        return
      case "Reset":
        response.socket?.resetAndDestroy()
        return
      case "Garble":
        response.writeHead(200, { "content-type": "application/json" })
        response.end(fault.body)
        return
      case "Stall":
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" })
        response.write(`{"id": "pi_`)
    }
  }
}

const read = async (incoming: Http.IncomingMessage): Promise<Request> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://stand.in")
  const body = new URLSearchParams(Buffer.concat(chunks).toString("utf8"))
  const key = incoming.headers["idempotency-key"]
  return {
    method: incoming.method ?? "",
    path: pathname,
    key: typeof key === "string" ? key : undefined,
    form: Object.fromEntries([...searchParams, ...body]),
    headers: incoming.headers
  }
}

/** Runs as long as the scope is open; requests that still wait then are cut off. */
export const makeWith = (options: Options): Effect.Effect<StripeStandIn, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: Server; readonly http: Http.Server }>((resume) => {
        const server = new Server(options)
        const http = Http.createServer((incoming, response) => {
          void read(incoming).then(
            (request) => server.handle(request, response),
            () => response.destroy()
          )
        })
        http.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, http })))
      }),
      ({ http }) =>
        Effect.async<void>((resume) => {
          http.close(() => resume(Effect.void))
          http.closeAllConnections()
        })
    ),
    ({ http, server }) => {
      const address = http.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      return {
        url: `http://127.0.0.1:${port}`,
        book: server.book,
        requests: server.requests,
        fail: (what, ...faults) => server.faults.set(what, [...faults]),
        forget: (key) => server.kept.delete(key)
      }
    }
  )

export const make: Effect.Effect<StripeStandIn, never, Scope.Scope> = makeWith({})

/** An event as it is posted to a shop, and the header that goes with it. */
export const signed = (event: StandInEvent, secret: string, atSeconds: number): SignedBody => {
  const body = JSON.stringify(event)
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret,
    timestamp: atSeconds
  })
  return { body, signature }
}
