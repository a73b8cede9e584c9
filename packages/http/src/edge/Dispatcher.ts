/**
 * The HTTP layer itself: from a request of Node to the handler of its path, and back. All that need
 * not wait is plain code, for it is done at every request; only what the handler does is an effect,
 * in one fiber with all it can ask for. Whatever happens inside, the answer is one we meant to
 * give.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import {
  type HttpApiBuilder,
  type HttpRouter,
  HttpServerError,
  HttpServerResponse
} from "@effect/platform"
import { Cause, Context, Effect, Exit, HashSet, Layer, Runtime, type Scope } from "effect"
import { Shutdown } from "../Shutdown.ts"
import { MethodNotAllowed, NotFound } from "../Problem.ts"
import * as RateLimiter from "../quota/RateLimiter.ts"
import * as ResponseWriter from "./ResponseWriter.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as Cors from "./Cors.ts"
import { invalidity } from "./RequestValidation.ts"
import * as Handlers from "./Handlers.ts"
import * as StreamingResponse from "./StreamingResponse.ts"
import { Request } from "./Request.ts"
import * as RequestId from "./RequestId.ts"
import * as Routes from "./Routes.ts"
import * as Trace from "./Trace.ts"

type Handler = (request: IncomingMessage, response: ServerResponse) => void

export class Dispatcher extends Context.Tag("@souk/http/Dispatcher")<Dispatcher, Handler>() {}

type Exchange = ResponseWriter.Exchange
type Response = HttpServerResponse.HttpServerResponse

interface Settings {
  readonly quotas: RateLimiter.RateLimiter["Type"]
  readonly origins: ReadonlySet<string>
  readonly proxies: number
}

const exchangeOf = (source: IncomingMessage, to: ServerResponse): Exchange => {
  const { "request-id": requestId, traceparent } = source.headers
  return {
    request: new Request(source, to),
    requestId: RequestId.take(typeof requestId === "string" ? requestId : undefined),
    traceId: Trace.take(typeof traceparent === "string" ? traceparent : undefined),
    rateLimit: { quota: undefined }
  }
}

/** The answer to a request that no handler is to see, or why it gets none. */
const shortCircuit = (
  { request, rateLimit }: Exchange,
  route: Routes.Route | undefined,
  { origins, proxies, quotas }: Settings
): Handlers.HandlerExit | undefined => {
  const { headers, source, url } = request
  const invalid = invalidity(request, route)
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

/** Whether the client has hung up: then nobody waits for an answer. */
const isAbandoned = (cause: Cause.Cause<unknown>): boolean =>
  HashSet.has(Cause.interruptors(cause), HttpServerError.clientAbortFiberId)

/** The answer that came of a request; none for whoever has gone away. */
const responseOf =
  (runtime: Runtime.Runtime<never>) =>
  (exit: Handlers.HandlerExit, exchange: Exchange): Response | undefined => {
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

/** How answers get out. Whatever is thrown on the way is a bug, and told as one. */
const sending = (
  answerOf: ReturnType<typeof responseOf>,
  headersOf: (response: Response, exchange: Exchange) => Record<string, string>,
  writeStream: Effect.Effect.Success<typeof StreamingResponse.make>
) => {
  const trySend = (exit: Handlers.HandlerExit, exchange: Exchange): void => {
    const response = answerOf(exit, exchange)
    if (response === undefined) return
    const headers = headersOf(response, exchange)
    if (ResponseWriter.send(response, headers, exchange.request.response)) return
    writeStream(exchange.request, Effect.succeed(HttpServerResponse.setHeaders(response, headers)))
  }
  return (exit: Handlers.HandlerExit, exchange: Exchange): void => {
    const { response } = exchange.request
    try {
      trySend(exit, exchange)
    } catch (error) {
      try {
        if (response.headersSent) response.destroy()
        else trySend(Exit.die(error), exchange)
      } catch {
        // Not even the telling works: the client learns that there is no answer, the others go on.
        response.destroy()
      }
    }
  }
}

const make = Effect.gen(function* () {
  const shutdown = yield* Shutdown
  const origins = yield* Cors.AllowedOrigins
  const proxies = yield* ClientAddress.TrustedProxies
  const setting: Settings = { quotas: yield* RateLimiter.RateLimiter, origins, proxies }
  const handlers = yield* Handlers.make
  const runtime = yield* Effect.runtime<never>()
  const writeStream = yield* StreamingResponse.make
  const answerOf = responseOf(runtime)
  const headersOf = (response: Response, exchange: Exchange) =>
    ResponseWriter.headersOf(response, exchange, origins, shutdown.isShuttingDown())
  const send = sending(answerOf, headersOf, writeStream)

  const handle = (exchange: Exchange): void => {
    const { request } = exchange
    const { response: to, source } = request
    const route = Routes.find(source.method ?? "", request.url)
    const early = shortCircuit(exchange, route, setting)
    if (early !== undefined) return send(early, exchange)
    const handler = route === undefined ? undefined : handlers.get(route.name)
    if (route === undefined || handler === undefined) {
      return send(Exit.die("a path of the contract has no handler"), exchange)
    }
    const context = handler.context(exchange, route)
    if (route.isStream) {
      const answer = Effect.mapInputContext(handler.answer, (scope: Context.Context<Scope.Scope>) =>
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
    const fiber = runFork(Effect.scoped(handler.answer))
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
