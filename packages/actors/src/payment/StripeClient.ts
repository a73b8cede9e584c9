/** The connection to Stripe: limited concurrency, a time limit for each request, no retries. */
import { Duration, Effect, Option, Redacted, Schema, type Scope } from "effect"
import * as Http from "node:http"
import * as Https from "node:https"
import { Stripe } from "stripe"
import type { StripeConfig } from "./StripeConfig.ts"
import { judge, noAnswer, type StripeError, tryLater } from "./StripeErrors.ts"

export interface StripeClient {
  /** Makes one request, and decodes the response by `schema`. */
  readonly ask: <A, I>(
    schema: Schema.Schema<A, I>,
    call: (stripe: Stripe) => Promise<unknown>
  ) => Effect.Effect<A, StripeError>
}

/** The version that the code was written for; another release of the package brings another. */
const apiVersion = "2026-10-28.endive"

/** Connections kept open between requests. */
const idleSocketsMax = 8

const sdk = ({ apiBase, secretKey, timeoutMs }: StripeConfig, agent: Http.Agent) =>
  new Stripe(Redacted.value(secretKey), {
    apiVersion,
    protocol: apiBase.protocol === "http:" ? "http" : "https",
    host: apiBase.hostname,
    port: apiBase.port === "" ? (apiBase.protocol === "http:" ? 80 : 443) : apiBase.port,
    httpAgent: agent,
    timeout: timeoutMs,
    // A failed intent is retried by its actor, after a lookup. One repetition remains: the
    // package sends a request once more, with its key, when its connection turns out to be closed.
    maxNetworkRetries: 0,
    telemetry: false,
    emitEventBodies: false
  })

const agentOf = ({ apiBase, requestsMax }: StripeConfig): Http.Agent => {
  const Agent = apiBase.protocol === "http:" ? Http.Agent : Https.Agent
  return new Agent({ keepAlive: true, maxSockets: requestsMax, maxFreeSockets: idleSocketsMax })
}

/** Open as long as the scope is; requests under way at its end are cut off. */
export const make = (config: StripeConfig): Effect.Effect<StripeClient, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { requestsMax, timeoutMs } = config
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => agentOf(config)),
      (agent) => Effect.sync(() => agent.destroy())
    )
    const stripe = sdk(config, agent)
    const places = yield* Effect.makeSemaphore(requestsMax)

    return {
      ask: (schema, call) =>
        Effect.tryPromise({ try: () => call(stripe), catch: judge }).pipe(
          // The package limits silence on the wire only; this limits the whole request.
          Effect.timeoutFail({
            duration: Duration.millis(timeoutMs),
            onTimeout: () => noAnswer(`none within ${timeoutMs} ms`)
          }),
          places.withPermitsIfAvailable(1),
          Effect.flatMap(
            Option.match({
              onNone: () => Effect.fail(tryLater(`${requestsMax} requests are under way`)),
              onSome: Effect.succeed
            })
          ),
          Effect.flatMap((answer) => read(schema, answer))
        )
    }
  })

const read = <A, I>(schema: Schema.Schema<A, I>, answer: unknown): Effect.Effect<A, StripeError> =>
  Effect.mapError(Schema.decodeUnknown(schema)(answer), () =>
    noAnswer("not the object that was asked for")
  )
