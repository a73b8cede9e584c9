/** The whole contract: every room, and what any path may answer. */
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
    "A commerce back-end in which every order is a live actor. `webhooks` is empty: this shop " +
      "sends nothing by itself. Clients follow an order at " +
      "`/v1/orders/{id}/stream`; what happens to all, in `/v1/journal`. What it receives is " +
      "`POST /v1/webhooks/stripe`."
  )
  .annotate(OpenApi.Transform, ({ components, paths, ...spec }) => ({
    ...spec,
    ...OpenApiTransform.document({ components, paths }, endpoints)
  }))
