/** Contract of the liveness and readiness probes. */
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "@effect/platform"
import { Schema } from "effect"
import { Examples, RateLimit } from "../Annotations.ts"
import { Access } from "../auth/Access.ts"
import { problem } from "../Problem.ts"

/** One matter that must be well. */
export const Check = Schema.Struct({
  name: Schema.String,
  isOk: Schema.Boolean,
  detail: Schema.String
}).annotations({ identifier: "Check" })

/** The process lives, but is not to be sent work now. */
export class NotReady extends Schema.TaggedError<NotReady>()("NotReady", {
  checks: Schema.Array(Check)
}) {
  override get message() {
    const bad = this.checks.filter(({ isOk }) => !isOk)
    return bad.map(({ detail, name }) => `${name}: ${detail}`).join("; ")
  }
}

const live = HttpApiEndpoint.get("live", "/healthz")
  .annotate(Access, "everyone")
  .annotate(OpenApi.Summary, "Liveness probe")
  .annotate(Examples, { response: { Alive: { status: "ok" } } })
  .addSuccess(Schema.Struct({ status: Schema.Literal("ok") }))

const ready = HttpApiEndpoint.get("ready", "/readyz")
  .annotate(Access, "everyone")
  .annotate(OpenApi.Summary, "Readiness probe")
  .annotate(Examples, {
    response: {
      Ready: { status: "ready", checks: [{ name: "database", isOk: true, detail: "commits" }] }
    }
  })
  .addSuccess(Schema.Struct({ status: Schema.Literal("ready"), checks: Schema.Array(Check) }))
  .addError(problem(NotReady, { status: 503, title: "Not ready" }))

export const HealthApi = HttpApiGroup.make("health")
  .annotate(RateLimit, "none")
  .add(live)
  .add(ready)
