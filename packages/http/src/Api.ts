/** The contract of the HTTP API: all rooms. */
import { HttpApi, OpenApi } from "@effect/platform"
import type { Context } from "effect"
import { contract } from "./Contract.ts"
import * as OpenApiTransform from "./docs/OpenApiTransform.ts"
import { rooms } from "./Rooms.ts"

type Group = (typeof rooms)[number]["api"]

type ErrorOf<A> = A extends HttpApi.HttpApi<"souk", never, infer E> ? E : never

const whole = rooms.reduce<HttpApi.HttpApi<"souk", Group, ErrorOf<typeof contract>>>(
  (api, { api: group }) => api.add(group),
  contract
)

const endpoints = new Map<string, Context.Context<never>>()

HttpApi.reflect(whole, {
  onGroup: () => undefined,
  onEndpoint: ({ endpoint, group, mergedAnnotations }) => {
    endpoints.set(`${group.identifier}.${endpoint.name}`, mergedAnnotations)
  }
})

export const Api = whole
  .annotate(OpenApi.Title, "Souk")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "A commerce back-end in which every order is an actor. `webhooks` is empty: Souk sends no " +
      "webhooks. Follow one order at `/v1/orders/{id}/stream` and all events at `/v1/journal`. " +
      "Souk receives webhooks of the payment provider at `POST /v1/webhooks/stripe`."
  )
  .annotate(OpenApi.Transform, ({ components, paths, ...spec }) => ({
    ...spec,
    ...OpenApiTransform.document({ components, paths }, endpoints)
  }))
