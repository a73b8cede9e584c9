/**
 * Takes each request of Node to the handler of its route and sends the response. Everything that
 * need not wait is plain code, because it runs for every request; only the handler is an effect,
 * run in one fiber with its context. Every outcome, a thrown error included, has a response.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { parse, type ParsedUrlQuery } from "node:querystring"
import {
  Etag,
  FileSystem,
  HttpApiBuilder,
  HttpPlatform,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse,
  Path
} from "@effect/platform"
import { NodeHttpServer, NodeHttpServerRequest } from "@effect/platform-node"
import { Cause, Chunk, Context, Effect, Exit, HashSet, Layer, Runtime, type Scope } from "effect"
import { MethodNotAllowed, NotFound } from "../Problem.ts"
import * as RateLimiter from "../quota/RateLimiter.ts"
import { Shutdown } from "../Shutdown.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as Cors from "./Cors.ts"
import { Request, RequestId, requestIdOf, TraceId, traceIdOf, validate } from "./Request.ts"
import * as ResponseWriter from "./ResponseWriter.ts"
import * as Routes from "./Routes.ts"

type Listener = (request: IncomingMessage, response: ServerResponse) => void

export class Dispatcher extends Context.Tag("@souk/http/Dispatcher")<Dispatcher, Listener>() {}

type Exchange = ResponseWriter.Exchange
type Response = HttpServerResponse.HttpServerResponse
type Platform = HttpRouter.HttpRouter.DefaultServices

/** The response of a handler, or why it has none. */
type HandlerExit = Exit.Exit<Response, unknown>

/** What a handler may require: the request and the platform. */
type HandlerServices = HttpRouter.HttpRouter.Provided | Platform

/** All of it but the scope, which ends with the response. */
type HandlerContext = Context.Context<Exclude<HandlerServices, Scope.Scope>>

interface Handler {
  readonly run: Effect.Effect<HandlerExit, never, HandlerServices>
  readonly contextOf: (exchange: Exchange, route: Routes.Route) => HandlerContext
}

/** The query as the contract reads it: a parameter that occurs twice has a list of values. */
const queryOf = (url: string): ParsedUrlQuery => {
  const start = url.indexOf("?")
  // No limit on parameters: unknown ones must be refused, and the target is short enough.
  return parse(start === -1 ? "" : url.slice(start + 1), "&", "=", { maxKeys: 0 })
}

/** Any error is possible here: one that the contract does not declare is reported as a bug. */
const runOf = <E>({ handler }: HttpRouter.Route<E, Platform>) =>
  Effect.matchCauseEffect(handler, {
    onFailure: (cause): Effect.Effect<HandlerExit> => Effect.succeed(Exit.failCause(cause)),
    onSuccess: (answer): Effect.Effect<HandlerExit> =>
      Effect.exit(HttpServerRespondable.toResponse(answer))
  })

const typeId: HttpRouter.RouteContextTypeId = HttpRouter.RouteContextTypeId

/** Built by hand for each request: the combinators of `Context` would copy it several times. */
const contextOf =
  (platform: Context.Context<Platform>, matched: HttpRouter.RouteContext["route"]) =>
  ({ rateLimit, request, requestId, traceId }: Exchange, route: Routes.Route): HandlerContext => {
    const params = Routes.paramsOf(route, request.url)
    return Context.unsafeMake(
      new Map<string, unknown>([
        ...platform.unsafeMap,
        [HttpServerRequest.HttpServerRequest.key, request],
        [HttpServerRequest.ParsedSearchParams.key, queryOf(request.url)],
        [HttpRouter.RouteContext.key, { [typeId]: typeId, params, route: matched }],
        [RateLimiter.RateLimitState.key, rateLimit],
        [RequestId.key, requestId],
        [TraceId.key, traceId]
      ])
    )
  }

/** The handlers of all rooms by the names of their routes. */
const makeHandlers = Effect.gen(function* () {
  const services = yield* Effect.context<Platform>()
  const platform = Context.pick(
    HttpPlatform.HttpPlatform,
    Etag.Generator,
    FileSystem.FileSystem,
    Path.Path
  )(services)
  const { routes } = yield* HttpApiBuilder.Router.router
  return new Map<string, Handler>(
    Chunk.toReadonlyArray(routes).map((route) => [
      `${route.method} ${route.path}`,
      { run: runOf(route), contextOf: contextOf(platform, route) }
    ])
  )
})

/** A streaming response; undefined if the client has disconnected. */
type Streaming = Effect.Effect<Response | undefined, never, Scope.Scope>

const disconnected: Streaming = Effect.sync(() => undefined)

/**
 * Writes a response in pieces through the platform, until it ends or the client disconnects. Its
 * scope is released then.
 */
const makeStreamWriter = Effect.gen(function* () {
  const pending = new WeakMap<IncomingMessage, Streaming>()
  const answered = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.flatMap(
      pending.get(NodeHttpServerRequest.toIncomingMessage(request)) ?? disconnected,
      (response) =>
        response === undefined
          ? Effect.failCause(Cause.interrupt(HttpServerError.clientAbortFiberId))
          : Effect.succeed(response)
    )
  )
  const send = yield* NodeHttpServer.makeHandler(answered)
  return ({ response, source }: Request, streaming: Streaming): void => {
    pending.set(source, streaming)
    send(source, response)
  }
})

interface Settings {
  readonly quotas: RateLimiter.RateLimiter["Type"]
  readonly origins: ReadonlySet<string>
  readonly proxies: number
}

const exchangeOf = (source: IncomingMessage, to: ServerResponse): Exchange => {
  const { "request-id": requestId, traceparent } = source.headers
  return {
    request: new Request(source, to),
    requestId: requestIdOf(typeof requestId === "string" ? requestId : undefined),
    traceId: traceIdOf(typeof traceparent === "string" ? traceparent : undefined),
    rateLimit: { quota: undefined }
  }
}

/** The outcome of a request that must not reach a handler; undefined for one that must. */
const shortCircuit = (
  { request, rateLimit }: Exchange,
  route: Routes.Route | undefined,
  { origins, proxies, quotas }: Settings
): HandlerExit | undefined => {
  const { headers, source, url } = request
  const invalid = validate(request, route)
  if (invalid !== undefined) return Exit.fail(invalid)
  const policy = Routes.addressPolicyOf(route)
  if (policy !== undefined) {
    const exceeded = quotas.take(policy, ClientAddress.of(request, proxies), rateLimit)
    if (exceeded !== undefined) return Exit.fail(exceeded)
  }
  if (route !== undefined) return undefined
  const allow = Routes.methodsOf(url)
  if (allow.length === 0) return Exit.fail(new NotFound())
  return Cors.isPreflight(source.method ?? "", headers)
    ? Exit.succeed(Cors.preflight(origins, headers, allow))
    : Exit.fail(new MethodNotAllowed({ allow }))
}

/** Whether the handler was interrupted because the client disconnected. */
const isAbandoned = (cause: Cause.Cause<unknown>): boolean =>
  HashSet.has(Cause.interruptors(cause), HttpServerError.clientAbortFiberId)

/** The response to a request; undefined if the client has disconnected. Bugs are logged. */
const responseOf =
  (runtime: Runtime.Runtime<never>) =>
  (exit: HandlerExit, exchange: Exchange): Response | undefined => {
    if (Exit.isSuccess(exit)) return exit.value
    const { cause } = exit
    if (isAbandoned(cause)) return undefined
    const { isBug, response } = ResponseWriter.problem(cause, exchange)
    if (isBug) {
      const { request, requestId, traceId } = exchange
      const annotations = traceId === undefined ? { requestId } : { requestId, traceId }
      const said = `${request.method} ${Routes.pathOf(request.url)} failed`
      Runtime.runFork(runtime)(Effect.annotateLogs(Effect.logError(said, cause), annotations))
    }
    return response
  }

/** Sends responses. An error that is thrown while doing so is reported as a bug. */
const sending = (
  answerOf: ReturnType<typeof responseOf>,
  headersOf: (response: Response, exchange: Exchange) => Record<string, string>,
  writeStream: Effect.Effect.Success<typeof makeStreamWriter>
) => {
  const trySend = (exit: HandlerExit, exchange: Exchange): void => {
    const response = answerOf(exit, exchange)
    if (response === undefined) return
    const headers = headersOf(response, exchange)
    if (ResponseWriter.send(response, headers, exchange.request.response)) return
    writeStream(exchange.request, Effect.succeed(HttpServerResponse.setHeaders(response, headers)))
  }
  return (exit: HandlerExit, exchange: Exchange): void => {
    const { response } = exchange.request
    try {
      trySend(exit, exchange)
    } catch (error) {
      try {
        if (response.headersSent) response.destroy()
        else trySend(Exit.die(error), exchange)
      } catch {
        // The error response failed as well: close the connection. Other requests are not affected.
        response.destroy()
      }
    }
  }
}

const make = Effect.gen(function* () {
  const shutdown = yield* Shutdown
  const origins = yield* Cors.AllowedOrigins
  const proxies = yield* ClientAddress.TrustedProxies
  const settings: Settings = { quotas: yield* RateLimiter.RateLimiter, origins, proxies }
  const handlers = yield* makeHandlers
  const runtime = yield* Effect.runtime<never>()
  const writeStream = yield* makeStreamWriter
  const answerOf = responseOf(runtime)
  const headersOf = (response: Response, exchange: Exchange) =>
    ResponseWriter.headersOf(response, exchange, origins, shutdown.isShuttingDown())
  const send = sending(answerOf, headersOf, writeStream)

  const handle = (exchange: Exchange): void => {
    const { request } = exchange
    const { response: to, source } = request
    const route = Routes.find(source.method ?? "", request.url)
    const early = shortCircuit(exchange, route, settings)
    if (early !== undefined) return send(early, exchange)
    const handler = route === undefined ? undefined : handlers.get(route.name)
    if (route === undefined || handler === undefined) {
      return send(Exit.die(`${route?.name ?? request.url} has no handler`), exchange)
    }
    const context = handler.contextOf(exchange, route)
    if (route.isStream) {
      const answer = Effect.mapInputContext(handler.run, (scope: Context.Context<Scope.Scope>) =>
        Context.merge(scope, context)
      )
      const finished = Effect.map(answer, (exit) => {
        const response = answerOf(exit, exchange)
        return response === undefined
          ? undefined
          : HttpServerResponse.setHeaders(response, headersOf(response, exchange))
      })
      return writeStream(request, finished)
    }
    const runFork = Runtime.runFork(Runtime.make({ ...runtime, context }))
    const fiber = runFork(Effect.scoped(handler.run))
    to.once("close", () => {
      if (!to.writableEnded) fiber.unsafeInterruptAsFork(HttpServerError.clientAbortFiberId)
    })
    fiber.addObserver((exit) => send(Exit.flatten(exit), exchange))
  }

  return Dispatcher.of((source, to) => {
    const exchange = exchangeOf(source, to)
    try {
      handle(exchange)
    } catch (error) {
      send(Exit.die(error), exchange)
    }
  })
})

export const layer: Layer.Layer<
  Dispatcher,
  never,
  Shutdown | RateLimiter.RateLimiter | HttpApiBuilder.Router | HttpRouter.HttpRouter.DefaultServices
> = Layer.effect(Dispatcher, make)
