/** What a customer has to do, fresh from the provider, for answers to their own storefront. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { type AwaitedRequest, PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Data, Effect, Option } from "effect"
import * as SharedLookup from "../SharedLookup.ts"
import type { Order } from "../order/OrderApi.ts"

/** How long an answer waits for the provider; then the kind of action has to do. */
const patienceMs = 3_000

/**
 * Answers about one payment share what the provider said for so long, and no more questions than
 * this are under way: polling must not use up the requests that orders are paid with.
 */
const sharedMs = 1_000
const sharedMax = 1_000
const questionsMax = 8

/** What gives a payment the next action of its customer, asked of this provider. */
export const asking = (gateway: PaymentGateway["Type"]) =>
  Effect.gen(function* () {
    const places = yield* Effect.makeSemaphore(questionsMax)
    const said = yield* SharedLookup.make({
      capacity: sharedMax,
      timeToLive: sharedMs,
      lookup: (request: AwaitedRequest) =>
        gateway.nextAction(request).pipe(
          Effect.timeout(patienceMs),
          // A storefront can ask again; that the provider is slow is no reason to hide the payment.
          Effect.catchAll(({ _tag }) =>
            Effect.as(
              Effect.logWarning(`${request.key}: next action is unavailable`, _tag),
              Option.none()
            )
          ),
          places.withPermitsIfAvailable(1),
          Effect.map(Option.flatten)
        )
    })

    /** The same payment; when it waits for its customer, with what they need to go on. */
    return (view: PaymentView): Effect.Effect<PaymentView> => {
      const awaited = view.attempts.find(
        ({ kind, status }) => kind === "authorize" && status === "pending"
      )
      if (view.nextAction === undefined || awaited?.reference === undefined) {
        return Effect.succeed(view)
      }
      const { amount, idempotencyKey: key, reference } = awaited
      // The same question whenever the key is the same.
      const request = Data.struct({
        key,
        orderId: view.orderId,
        amount: Data.struct(amount),
        reference
      })
      return Effect.map(
        said.get(request),
        Option.match({
          onNone: () => view,
          onSome: (nextAction) => ({ ...view, nextAction })
        })
      )
    }
  })

export const make = Effect.gen(function* () {
  const ofPayment = yield* asking(yield* PaymentGateway)
  const payments = yield* ActorClient.make(PaymentEntity)

  /** The same order; when it waits for its customer, with what they need to go on. */
  const ofOrder = (order: Order): Effect.Effect<Order> =>
    order.nextAction === null
      ? Effect.succeed(order)
      : payments.read(order.id).pipe(
          Effect.flatMap(({ view }) =>
            view === undefined ? Effect.succeedNone : Effect.asSome(ofPayment(view))
          ),
          Effect.catchAll(() => Effect.succeedNone),
          Effect.map((payment) => ({
            ...order,
            nextAction: Option.getOrUndefined(payment)?.nextAction ?? order.nextAction
          }))
        )

  return { ofPayment, ofOrder }
})
