/** The contract for machines at /openapi.json, and for people at /docs; both need no network. */
import { type HttpApi, HttpApiBuilder, HttpApiSwagger } from "@effect/platform"
import { Layer } from "effect"

export const layer: Layer.Layer<never, never, HttpApi.Api> = Layer.mergeAll(
  HttpApiBuilder.middlewareOpenApi({ path: "/openapi.json" }),
  HttpApiSwagger.layer({ path: "/docs" })
)
