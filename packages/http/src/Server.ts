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

/** Where to listen. Port 0 is any free port. */
export class ServerAddress extends Context.Tag("@souk/http/ServerAddress")<
  ServerAddress,
  { readonly host: string; readonly port: number }
>() {}

export const addressFromEnv: Layer.Layer<ServerAddress, ConfigError.ConfigError> = Layer.effect(
  ServerAddress,
  Effect.all({ host: Configuration.host, port: Configuration.port })
)

/** How long it may take to find out about a host. */
const hostMsMax = 2_000

/** Fails when this machine cannot listen on the host, whatever the port. */
export const checkHost = Effect.flatMap(Configuration.host, (host) => {
  const refused = (reason: string) =>
    invalid(Configuration.host.variable, host, `${Configuration.host.variable.allowed} (${reason})`)
  return Effect.async<void, ConfigError.ConfigError>((resume) => {
    const probe = createServer()
    probe.once("error", (cause) => resume(Effect.fail(refused(codeOf(cause)))))
    probe.listen({ host, port: 0 }, () => probe.close(() => resume(Effect.void)))
    return Effect.sync(() => probe.close())
  }).pipe(
    Effect.timeoutFail({ duration: hostMsMax, onTimeout: () => refused("its name has no answer") })
  )
})

/** The port is not to be had. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  host: Schema.String,
  port: Schema.Number,
  reason: Schema.String
}) {
  override get message() {
    const whose =
      this.reason === "EADDRINUSE"
        ? "another program listens there. Stop it, or set SOUK_PORT to another port"
        : "set SOUK_HOST and SOUK_PORT to an address of this machine that Souk may listen on"
    return `cannot listen on ${this.host}:${this.port} (${this.reason}): ${whose}`
  }
}

const limits = {
  /** A client that does not finish its headers is gone, or means no good. */
  headersTimeout: 10_000,
  /** Time for a body of 256 KiB on a bad line. */
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  /** How often the two above are looked at. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // A missing one is refused by the dispatcher, with a problem document.
  requireHostHeader: false
}

/** Beyond it, the connection that has been idle longest is closed. */
const connectionsMax = 10_000

/**
 * The pause after each login, in which what is under way has the loop to itself: a checkout needs
 * it a dozen times. Sixty a second come in, or are sent away: more than can be hashed.
 */
const loginPauseMs = 16

/** How many logins are inside at once; a hash each, and the last has waited for all before it. */
const loginsMax = 32

/** Those who found no place come back spread over so many seconds. */
const retryAfterSecondsMax = 10

/** How long requests under way may take to end after waits are aborted: see `PatienceMs`. */
const drainMsMax = 5_000

const drainTickMs = 20

/** A listener, and how many requests it is answering. */
class Listener extends Context.Tag("@souk/http/Listener")<
  Listener,
  { readonly server: Server; readonly requests: () => number }
>() {}

/** For so long may a client read the last words before the line is cut. */
const lingerMs = 1_000

const makeListener = Effect.map(Effect.runtime<never>(), (runtime) => {
  const server = createServer(limits)
  const connections = new ConnectionLimiter(server, connectionsMax, new PacedQueue())
  // Those that were hung up on are counted until they are gone.
  server.maxConnections = connectionsMax + connectionsMax / 10
  let requests = 0
  server.on("request", (request, response) => {
    connections.answering(request, response)
    requests++
    response.once("close", () => {
      requests--
    })
    // The port is open some moments before the handlers are there: such requests get 503.
    if (server.listenerCount("request") === 1) ClientErrors.shed(response)
  })
  // Ten thousand silent connections run out of time in the same moment: one goes at a time.
  const closing = new PacedQueue()
  const refused = new WeakSet<Duplex>()
  server.on("clientError", (error, socket) => {
    if (refused.has(socket)) return
    refused.add(socket)
    closing.push(() => {
      ClientErrors.refuse(error, socket)
      // Left alone, the connection would last for as long as the client keeps its half of it open.
      const cut = Effect.delay(
        Effect.sync(() => socket.destroy()),
        lingerMs
      )
      Runtime.runFork(runtime)(cut)
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

/** The handler of all requests, with those that log in one after another. */
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

/** We speak HTTP/1.1: what the platform listens to besides requests, an upgrade, is passed over. */
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

/** From now on requests are answered. */
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
 * Closes the listener when the process ends, before anything behind it: no new requests are taken,
 * requests in flight are answered, and only then do handlers end.
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
    // A finalizer cannot be interrupted, not even by its own time limit, unless it says so.
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
 * The shop, listening. Gives the server, so that a caller that asked for any free port learns
 * which.
 */
export const layer = graceful.pipe(
  Layer.provide(served),
  Layer.provideMerge(bound),
  // Before the port is bound: building it takes a moment.
  Layer.provide(HttpApp.layer),
  Layer.provide([listener, Shutdown.layer, NodeHttpServer.layerContext])
)
