/**
 * HTTP server with connection, header and time limits. In-flight requests finish before shutdown.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Configuration } from "@souk/actors/configuration/Configuration"
import { invalid } from "@souk/actors/configuration/Variable"
import { type ConfigError, Context, Effect, Layer, Runtime, Schema } from "effect"
import * as HttpApp from "./HttpApp.ts"
import * as Shutdown from "./Shutdown.ts"
import { ConnectionLimiter } from "./edge/ConnectionLimiter.ts"
import * as Cors from "./edge/Cors.ts"
import { Dispatcher } from "./edge/Dispatcher.ts"
import * as Routes from "./edge/Routes.ts"
import { LoginAdmission } from "./edge/LoginAdmission.ts"
import { type Pause, PacedQueue } from "./edge/PacedQueue.ts"
import * as ClientErrors from "./edge/ClientErrors.ts"

/** Where to listen. Port 0 takes any free port. */
export class ServerAddress extends Context.Tag("@souk/http/ServerAddress")<
  ServerAddress,
  { readonly host: string; readonly port: number }
>() {}

export const addressFromEnv: Layer.Layer<ServerAddress, ConfigError.ConfigError> = Layer.effect(
  ServerAddress,
  Effect.all({ host: Configuration.host, port: Configuration.port })
)

/** Timeout of the check of a host name. */
const hostMsMax = 2_000

/** Fails if this machine cannot listen on the host. */
export const checkHost = Effect.flatMap(Configuration.host, (host) => {
  const refused = (reason: string) =>
    invalid(Configuration.host.variable, host, `${Configuration.host.variable.allowed} (${reason})`)
  return Effect.async<void, ConfigError.ConfigError>((resume) => {
    const probe = createServer()
    probe.once("error", (cause) => resume(Effect.fail(refused(codeOf(cause)))))
    probe.listen({ host, port: 0 }, () => probe.close(() => resume(Effect.void)))
    return Effect.sync(() => probe.close())
  }).pipe(
    Effect.timeoutFail({
      duration: hostMsMax,
      onTimeout: () => refused("the name cannot be resolved")
    })
  )
})

/** The address or port is not available. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Number,
  reason: Schema.String
}) {
  override get message() {
    const advice =
      this.reason === "EADDRINUSE"
        ? "another program uses it. Stop it, or set SOUK_PORT to another port"
        : "set SOUK_HOST and SOUK_PORT to an address of this machine that Souk may listen on"
    return `cannot listen on ${this.host}:${this.port} (${this.reason}): ${advice}`
  }
}

const limits = {
  /** Longer than any working client needs for its headers. */
  headersTimeout: 10_000,
  /** Enough for a body of 256 KiB on a slow connection. */
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  /** How often both timeouts are checked. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // `Request.validate` refuses a missing one with a problem document.
  requireHostHeader: false
}

/** At the limit, the connection that has been idle longest is closed. */
const connectionsMax = 10_000

/**
 * The pause after each login, in which other requests run. It allows 60 logins per second, more
 * than can be hashed.
 */
const loginPauseMs = 16

/** Limit of concurrent logins. They hash one after another, so the last waits for all others. */
const loginsMax = 32

/** `Retry-After` of shed logins is spread over this time. */
const retryAfterSecondsMax = 10

/** How long requests in flight may take after waits are aborted: see `GracePeriodMs`. */
const drainMsMax = 5_000

const drainTickMs = 20

/** The listener and the number of requests in flight. */
class Listener extends Context.Tag("@souk/http/Listener")<
  Listener,
  { readonly server: Server; readonly requests: () => number }
>() {}

/** How long a client may read an error response before its connection is destroyed. */
const lingerMs = 1_000

const makeListener = Effect.map(Effect.runtime<never>(), (runtime) => {
  const server = createServer(limits)
  const connections = new ConnectionLimiter(server, connectionsMax, new PacedQueue())
  // Destroyed connections count until they are closed, hence the margin.
  server.maxConnections = connectionsMax + connectionsMax / 10
  let requests = 0
  server.on("request", (request, response) => {
    connections.answering(request, response)
    requests++
    response.once("close", () => {
      requests--
    })
    // The port opens before the handlers are ready: earlier requests get 503.
    if (server.listenerCount("request") === 1) ClientErrors.shed(response)
  })
  // Thousands of silent connections may time out at once: they are closed one at a time.
  const closing = new PacedQueue()
  const refused = new WeakSet<Duplex>()
  server.on("clientError", (error, socket) => {
    if (refused.has(socket)) return
    refused.add(socket)
    closing.push(() => {
      ClientErrors.refuse(error, socket)
      // Otherwise the connection would last until the client closes its half.
      const destroyed = Effect.delay(
        Effect.sync(() => socket.destroy()),
        lingerMs
      )
      Runtime.runFork(runtime)(destroyed)
      return true
    })
  })
  server.on("checkExpectation", ClientErrors.refuseExpectation)
  server.on("connect", ClientErrors.refuseTunnel)
  return Listener.of({ server, requests: () => requests })
})

const listener = Layer.effect(Listener, makeListener)

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Adds login admission to a handler. */
const withLoginAdmission = (
  handle: Handler,
  pause: Pause,
  origins: ReadonlySet<string>
): Handler => {
  const admission = new LoginAdmission(loginsMax, new PacedQueue(pause))
  let shedCount = 0
  const shed: Handler = ({ headers: { origin } }, response) => {
    const seconds = 1 + (shedCount++ % retryAfterSecondsMax)
    ClientErrors.shedLogin(response, seconds, Cors.headersOf(origins, { origin }))
  }
  return (request, response) => {
    const url = Routes.targetOf(request.url ?? "")
    request.url = url
    if (Routes.isHashing(request.method ?? "", url)) {
      admission.admit(request, response, handle, shed)
    } else {
      handle(request, response)
    }
  }
}

/** Binds the port. Upgrades, which the platform would listen to, are not supported. */
const bound: Layer.Layer<HttpServer.HttpServer, CannotListen, Listener | ServerAddress> =
  Layer.scoped(
    HttpServer.HttpServer,
    Effect.gen(function* () {
      const { server } = yield* Listener
      const address = yield* ServerAddress
      return yield* Effect.mapError(
        NodeHttpServer.make(() => server, address),
        ({ cause }) => new CannotListen({ ...address, reason: codeOf(cause) })
      )
    })
  )

/** Adds the handler of requests to the listener. */
const served: Layer.Layer<never, never, Listener | HttpServer.HttpServer | Dispatcher> =
  Layer.scopedDiscard(
    Effect.gen(function* () {
      const { server } = yield* Listener
      const dispatcher = yield* Dispatcher
      yield* HttpServer.HttpServer
      const origins = yield* Cors.AllowedOrigins
      const runFork = Runtime.runFork(yield* Effect.runtime<never>())
      const pause: Pause = (go) => runFork(Effect.delay(Effect.sync(go), loginPauseMs))
      const handler = withLoginAdmission(dispatcher, pause, origins)
      yield* Effect.acquireRelease(
        Effect.sync(() => server.on("request", handler)),
        () => Effect.sync(() => server.off("request", handler))
      )
    })
  )

/**
 * Shuts down the listener before the handlers: no new requests are accepted, and requests in flight
 * are answered first.
 */
const graceful: Layer.Layer<never, never, Listener | Shutdown.Shutdown> = Layer.scopedDiscard(
  Effect.gen(function* () {
    const { requests, server } = yield* Listener
    const shutdown = yield* Shutdown.Shutdown
    const readinessDelayMs = yield* Shutdown.ReadinessDelayMs
    const gracePeriodMs = yield* Shutdown.GracePeriodMs
    const isEmpty = Effect.sync(() => {
      server.closeIdleConnections()
      return requests() === 0
    })
    // Finalizers are uninterruptible; a timeout within one needs an interruptible effect.
    const emptied = isEmpty.pipe(
      Effect.delay(drainTickMs),
      Effect.repeat({ until: (isSo) => isSo }),
      Effect.interruptible
    )
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        shutdown.start()
        yield* Effect.sleep(readinessDelayMs)
        server.close()
        yield* Effect.timeoutOption(emptied, gracePeriodMs)
        yield* shutdown.abortWaits
        yield* Effect.timeoutOption(emptied, drainMsMax)
        server.closeAllConnections()
      })
    )
  })
)

/**
 * The listening server. Provides `HttpServer`, so that a caller with port 0 learns the port.
 */
export const layer = graceful.pipe(
  Layer.provide(served),
  Layer.provideMerge(bound),
  // Built before the port is bound, because that takes a moment.
  Layer.provide(HttpApp.layer),
  Layer.provide([listener, Shutdown.layer, NodeHttpServer.layerContext])
)
