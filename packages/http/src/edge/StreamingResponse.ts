/** Answers that are not one piece: the platform knows how to send those. */
import type { IncomingMessage } from "node:http"
import { HttpServerError, HttpServerRequest, type HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeHttpServerRequest } from "@effect/platform-node"
import { Cause, Effect, type Scope } from "effect"
import type { Request } from "./Request.ts"

/** Nothing, for a client that has gone away. */
type Answer = Effect.Effect<HttpServerResponse.HttpServerResponse | undefined, never, Scope.Scope>

const gone: Answer = Effect.sync(() => undefined)

/** Answers a request for as long as its client listens; what was acquired is released then. */
export const make = Effect.gen(function* () {
  const pending = new WeakMap<IncomingMessage, Answer>()
  const answered = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.flatMap(
      pending.get(NodeHttpServerRequest.toIncomingMessage(request)) ?? gone,
      (response) =>
        response === undefined
          ? Effect.failCause(Cause.interrupt(HttpServerError.clientAbortFiberId))
          : Effect.succeed(response)
    )
  )
  const send = yield* NodeHttpServer.makeHandler(answered)
  return ({ response, source }: Request, answer: Answer): void => {
    pending.set(source, answer)
    send(source, response)
  }
})
