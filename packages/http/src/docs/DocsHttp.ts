/** The OpenAPI document at `/openapi.json` and the API reference at `/docs`. Both work offline. */
import { type HttpApi, HttpApiBuilder, HttpApiSwagger } from "@effect/platform"
import { Layer } from "effect"

export const layer: Layer.Layer<never, never, HttpApi.Api> = Layer.mergeAll(
  HttpApiBuilder.middlewareOpenApi({ path: "/openapi.json" }),
  HttpApiSwagger.layer({ path: "/docs" })
)
