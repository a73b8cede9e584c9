/** A request as handlers of the platform want it: Node's own, with the way to its body bounded. */
import type { IncomingMessage, ServerResponse } from "node:http"
import {
  Headers,
  HttpIncomingMessage,
  HttpMethod,
  HttpServerError,
  HttpServerRequest
} from "@effect/platform"
import { Effect, Inspectable, Option, Stream } from "effect"
import { UnsupportedMediaType } from "../Problem.ts"
import * as RequestBody from "./RequestBody.ts"

export class Request extends Inspectable.Class implements HttpServerRequest.HttpServerRequest {
  readonly [HttpServerRequest.TypeId]: HttpServerRequest.TypeId = HttpServerRequest.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly source: IncomingMessage
  readonly response: ServerResponse
  readonly url: string
  readonly headers: Headers.Headers
  readonly cookies = {}

  constructor(source: IncomingMessage, response: ServerResponse) {
    super()
    this.source = source
    this.response = response
    this.url = source.url ?? "/"
    this.headers = Headers.fromInput(source.headers)
  }

  get originalUrl(): string {
    return this.url
  }

  /** What no path knows is told so before anybody asks here. */
  get method(): HttpMethod.HttpMethod {
    const { method = "GET" } = this.source
    return HttpMethod.isHttpMethod(method) ? method : "OPTIONS"
  }

  get remoteAddress(): Option.Option<string> {
    return Option.fromNullable(this.source.socket.remoteAddress)
  }

  get json(): Effect.Effect<unknown> {
    return Effect.orDie(RequestBody.read(this.source))
  }

  /** Nothing here takes a body that is not JSON, and every way to one ends so. */
  get #refused(): Effect.Effect<never> {
    const { "content-type": contentType = "nothing" } = this.source.headers
    return Effect.die(new UnsupportedMediaType({ contentType }))
  }

  get text(): Effect.Effect<never> {
    return this.#refused
  }

  get urlParamsBody(): Effect.Effect<never> {
    return this.#refused
  }

  get arrayBuffer(): Effect.Effect<never> {
    return this.#refused
  }

  get multipart(): Effect.Effect<never> {
    return this.#refused
  }

  get stream(): Stream.Stream<never> {
    return Stream.fromEffect(this.#refused)
  }

  get multipartStream(): Stream.Stream<never> {
    return this.stream
  }

  get upgrade(): Effect.Effect<never, HttpServerError.RequestError> {
    const description = "nothing but HTTP/1.1 is spoken here"
    return new HttpServerError.RequestError({ request: this, reason: "Transport", description })
  }

  /** No part of the HTTP layer asks for a request other than the one that came. */
  modify(): this {
    return this
  }

  override toString(): string {
    return `${this.source.method} ${this.url}`
  }

  override toJSON(): unknown {
    return { _id: "Request", method: this.source.method }
  }
}
