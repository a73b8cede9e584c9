/** Stripe as the payment provider: payment intents, authorised first and captured later. */
import { type ConfigError, Effect, Layer, Option } from "effect"
import {
  type AnyOutcome,
  type GatewayFailure,
  type GatewayOutcome,
  type GatewayRequest,
  GatewayUnavailable,
  PaymentGateway,
  OutcomeUnknown
} from "./PaymentGateway.ts"
import * as StripeClient from "./StripeClient.ts"
import { config } from "./StripeConfig.ts"
import { stepMinor } from "./StripeAmounts.ts"
import * as Steps from "./StripeOperations.ts"

const unavailable = ({ detail }: { readonly detail: string }) => new GatewayUnavailable({ detail })

/** Looks up the outcome of a request, and makes none. */
const look = <A, O extends AnyOutcome>(step: Steps.Step<A, O>, request: GatewayRequest) =>
  step.find(request).pipe(
    Effect.flatMap(
      Option.match({
        onNone: () => Effect.succeedNone,
        onSome: (object) => step.read(request, object)
      })
    ),
    Effect.catchTags({
      Refused: unavailable,
      Unfit: unavailable,
      TryLater: unavailable,
      NoAnswer: unavailable
    })
  )

const perform =
  <A, O extends AnyOutcome>(name: string, step: Steps.Step<A, O>) =>
  (request: GatewayRequest): Effect.Effect<O | GatewayOutcome, GatewayFailure> =>
    step.make(request).pipe(
      Effect.flatMap((object) => step.read(request, object)),
      Effect.flatMap(
        Option.match({
          onNone: () => new OutcomeUnknown({ key: request.key, detail: "answered, but not done" }),
          onSome: (outcome) => Effect.succeed<O | GatewayOutcome>(outcome)
        })
      ),
      Effect.catchTags({
        Refused: ({ code }) => step.whenRefused(code),
        Unfit: ({ code, detail }) =>
          Effect.logWarning("Stripe rejected a request", detail).pipe(
            Effect.zipRight(look(step, request)),
            Effect.flatMap(
              Option.match({ onNone: () => step.whenRefused(code), onSome: Effect.succeed })
            )
          ),
        TryLater: unavailable,
        NoAnswer: ({ detail }) => new OutcomeUnknown({ key: request.key, detail })
      }),
      Effect.withSpan(`Stripe.${name}`, { attributes: { orderId: request.orderId } })
    )

const make = Effect.gen(function* () {
  const client = yield* StripeClient.make(yield* config)
  const authorizing = Steps.authorizing(client)
  const capturing = Steps.capturing(client)
  const voiding = Steps.voiding(client)
  const refunding = Steps.refunding(client)
  return PaymentGateway.of({
    stepMinor,
    authorize: perform("authorize", authorizing),
    capture: perform("capture", capturing),
    void: perform("void", voiding),
    refund: perform("refund", refunding),
    lookup: (past) => {
      switch (past.kind) {
        case "authorize":
          return look(authorizing, past)
        case "capture":
          return look(capturing, past)
        case "void":
          return look(voiding, past)
        case "refund":
          return look(refunding, past)
      }
    },
    nextAction: (awaited) =>
      Effect.map(
        look(authorizing, { ...awaited, token: "" }),
        Option.flatMap((outcome) =>
          outcome._tag === "NeedsCustomer" ? Option.some(outcome.nextAction) : Option.none()
        )
      )
  })
})

export const layer: Layer.Layer<PaymentGateway, ConfigError.ConfigError> = Layer.scoped(
  PaymentGateway,
  make
)
