/** A typed client, made from the same contract as the server. */
import { HttpApiClient, HttpClient, HttpClientRequest } from "@effect/platform"
import type { Effect, Redacted } from "effect"
import { Api } from "./Api.ts"

export interface ClientOptions {
  /** Where the shop is, e.g. `http://127.0.0.1:3000`. */
  readonly baseUrl: string | URL
  /** The bearer key; without one, only public paths answer. */
  readonly key?: Redacted.Redacted | undefined
  /** The `Request-Id` of every request of this client, to be found again in the server's log. */
  readonly requestId?: string | undefined
}

export const make = ({ baseUrl, key, requestId }: ClientOptions) =>
  HttpApiClient.make(Api, {
    baseUrl,
    transformClient: HttpClient.mapRequest((request) => {
      const keyed = key === undefined ? request : HttpClientRequest.bearerToken(request, key)
      return requestId === undefined
        ? keyed
        : HttpClientRequest.setHeader(keyed, "request-id", requestId)
    })
  })

/** Every operation of the shop; a refusal arrives as the error it is on the server. */
export type Client = Effect.Effect.Success<ReturnType<typeof make>>
