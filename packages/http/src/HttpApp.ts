/** The HTTP app without a listener: handlers of all rooms, authentication and the dispatcher. */
import { HttpApiBuilder, type HttpApiGroup, HttpMiddleware } from "@effect/platform"
import { Effect, Layer } from "effect"
import { Api } from "./Api.ts"
import * as AccessTokens from "./auth/AccessTokens.ts"
import * as AuthenticationHttp from "./auth/AuthenticationHttp.ts"
import * as Passwords from "./auth/Passwords.ts"
import * as ShownKeys from "./auth/ShownKeys.ts"
import * as DocsHttp from "./docs/DocsHttp.ts"
import * as Dispatcher from "./edge/Dispatcher.ts"
import * as RateLimiter from "./quota/RateLimiter.ts"
import { rooms } from "./Rooms.ts"

const handlers = Layer.unwrapEffect(
  Effect.map(
    Effect.promise(() => Promise.all(rooms.map(({ handlers }) => handlers()))),
    (loaded) => Layer.mergeAll(Layer.empty, ...loaded.map(({ layer }) => layer))
  )
).pipe(
  Layer.provide(AuthenticationHttp.layer),
  Layer.provide(Layer.mergeAll(AccessTokens.layer, Passwords.layer, ShownKeys.layer)),
  Layer.provide(RateLimiter.layer)
)

/** The handlers of every group: `room` has checked each contract against its handlers. */
const all = handlers as Layer.Layer<
  HttpApiGroup.HttpApiGroup.ToService<"souk", (typeof rooms)[number]["api"]>,
  Layer.Layer.Error<typeof handlers>,
  Layer.Layer.Context<typeof handlers>
>

export const layer = Dispatcher.layer.pipe(
  Layer.provide(DocsHttp.layer),
  Layer.provide(Layer.provide(HttpApiBuilder.api(Api), all)),
  // The router that rooms add their handlers to; layers are memoized, so there is one.
  Layer.provide([HttpApiBuilder.Router.Live, RateLimiter.layer]),
  // A span per request with all headers as attributes costs more than most requests.
  HttpMiddleware.withTracerDisabledWhen(() => true)
)
