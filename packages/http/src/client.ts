/** A typed client, made from the same contract as the server. */
import { HttpApiClient, HttpClient, HttpClientError, HttpClientRequest } from "@effect/platform"
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Effect, type ParseResult, type Redacted, Stream } from "effect"
import { Api } from "./Api.ts"
import * as OrderStreamDecoder from "./order/OrderStreamDecoder.ts"

export interface ClientOptions {
  /** Where the shop is, e.g. `http://127.0.0.1:3000`. */
  readonly baseUrl: string | URL
  /** The bearer key; without one, only public paths answer. */
  readonly key?: Redacted.Redacted | undefined
  /** The `Request-Id` of every request of this client, to be found again in the server's log. */
  readonly requestId?: string | undefined
}

const signed = ({ key, requestId }: ClientOptions) =>
  HttpClient.mapRequest((request) => {
    const keyed = key === undefined ? request : HttpClientRequest.bearerToken(request, key)
    return requestId === undefined
      ? keyed
      : HttpClientRequest.setHeader(keyed, "request-id", requestId)
  })

export const make = (options: ClientOptions) =>
  HttpApiClient.make(Api, { baseUrl: options.baseUrl, transformClient: signed(options) })

/** Every operation of the shop; a refusal arrives as the error it is on the server. */
export type Client = Effect.Effect.Success<ReturnType<typeof make>>

/** What came of opening the live stream of an order. */
export interface Followed {
  /** 200 with news; 204 when nothing will happen to the order any more; else refused. */
  readonly status: number
  /** Ends with the connection: open it again after the last version, and nothing is missed. */
  readonly items: Stream.Stream<
    OrderStreamDecoder.OrderStreamItem,
    HttpClientError.ResponseError | ParseResult.ParseError
  >
}

/** Opens the live stream of an order, for everything that comes after this version of it. */
export const follow = (
  options: ClientOptions,
  id: OrderId,
  version: number
): Effect.Effect<Followed, HttpClientError.HttpClientError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = signed(options)(yield* HttpClient.HttpClient)
    const path = `/v1/orders/${id}/stream`
    const response = yield* client.get(new URL(path, options.baseUrl), {
      headers: {
        accept: "text/event-stream, application/problem+json",
        "last-event-id": `${version}`
      }
    })
    const { request } = response
    const items = Stream.mapError(OrderStreamDecoder.read(response.stream), (cause) =>
      cause._tag === "SseError"
        ? new HttpClientError.ResponseError({ request, response, reason: "Decode", cause })
        : cause
    )
    return { status: response.status, items }
  })
