/** The handlers of all rooms, by the names of their routes, and what they are given. */
import { parse, type ParsedUrlQuery } from "node:querystring"
import {
  Etag,
  FileSystem,
  HttpApiBuilder,
  HttpPlatform,
  HttpRouter,
  HttpServerRequest,
  HttpServerRespondable,
  type HttpServerResponse,
  Path
} from "@effect/platform"
import { Chunk, Context, Effect, Exit, type Scope } from "effect"
import * as RateLimiter from "../quota/RateLimiter.ts"
import type { Exchange } from "./ResponseWriter.ts"
import * as RequestId from "./RequestId.ts"
import * as Routes from "./Routes.ts"
import * as Trace from "./Trace.ts"

/** The answer, or why there is none. */
export type HandlerExit = Exit.Exit<HttpServerResponse.HttpServerResponse, unknown>

type Platform = HttpRouter.HttpRouter.DefaultServices

/** What a handler may ask of the request it answers, and of the platform. */
type HandlerServices = HttpRouter.HttpRouter.Provided | Platform

/** All of it, apart from the scope, which ends with the answer. */
type HandlerContext = Context.Context<Exclude<HandlerServices, Scope.Scope>>

export interface Handler {
  readonly answer: Effect.Effect<HandlerExit, never, HandlerServices>
  /** Put together once for each request. */
  readonly context: (exchange: Exchange, route: Routes.Route) => HandlerContext
}

/** The query as the contract reads it: a name that comes twice has a list of values. */
const queryOf = (url: string): ParsedUrlQuery => {
  const start = url.indexOf("?")
  // Every name counts, for one that nobody knows is refused; a target has few enough of them.
  return parse(start === -1 ? "" : url.slice(start + 1), "&", "=", { maxKeys: 0 })
}

/** Any error may come out of a handler: what the contract does not know is told as a bug. */
const answerBy = <E>({ handler }: HttpRouter.Route<E, Platform>) =>
  Effect.matchCauseEffect(handler, {
    onFailure: (cause): Effect.Effect<HandlerExit> => Effect.succeed(Exit.failCause(cause)),
    onSuccess: (answer): Effect.Effect<HandlerExit> =>
      Effect.exit(HttpServerRespondable.toResponse(answer))
  })

const typeId: HttpRouter.RouteContextTypeId = HttpRouter.RouteContextTypeId

const contextBy =
  (platform: Context.Context<Platform>, handling: HttpRouter.RouteContext["route"]) =>
  ({ rateLimit, request, requestId, traceId }: Exchange, route: Routes.Route): HandlerContext => {
    const params = Routes.paramsOf(route, request.url)
    return Context.unsafeMake(
      new Map<string, unknown>([
        ...platform.unsafeMap,
        [HttpServerRequest.HttpServerRequest.key, request],
        [HttpServerRequest.ParsedSearchParams.key, queryOf(request.url)],
        [HttpRouter.RouteContext.key, { [typeId]: typeId, params, route: handling }],
        [RateLimiter.RateLimitState.key, rateLimit],
        [RequestId.RequestId.key, requestId],
        [Trace.TraceId.key, traceId]
      ])
    )
  }

export const make = Effect.gen(function* () {
  const services = yield* Effect.context<Platform>()
  const files = FileSystem.FileSystem
  const platform = Context.pick(
    HttpPlatform.HttpPlatform,
    Etag.Generator,
    files,
    Path.Path
  )(services)
  const { routes } = yield* HttpApiBuilder.Router.router
  return new Map<string, Handler>(
    Chunk.toReadonlyArray(routes).map((route) => [
      `${route.method} ${route.path}`,
      { answer: answerBy(route), context: contextBy(platform, route) }
    ])
  )
})
