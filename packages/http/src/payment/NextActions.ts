/** The next action of a customer, read from the payment provider. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { type AwaitedRequest, PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Data, Effect, Option } from "effect"
import * as SharedLookup from "../SharedLookup.ts"
import type { Order } from "../order/OrderApi.ts"

/** How long a response waits for the provider; then it has the type of the action only. */
const timeoutMs = 3_000

/**
 * Next actions are cached for a second, and concurrent lookups are limited: polling must not use up
 * the rate limit of the provider that payments need.
 */
const cachedMs = 1_000
const cachedMax = 1_000
const lookupsMax = 8

/** Adds the next action to payments, by lookups at this provider. */
export const ofGateway = (gateway: PaymentGateway["Type"]) =>
  Effect.gen(function* () {
    const permits = yield* Effect.makeSemaphore(lookupsMax)
    const actions = yield* SharedLookup.make({
      capacity: cachedMax,
      timeToLive: cachedMs,
      lookup: (request: AwaitedRequest) =>
        gateway.nextAction(request).pipe(
          Effect.timeout(timeoutMs),
          // A slow provider must not hide the payment; a storefront can ask again.
          Effect.catchAll(({ _tag }) =>
            Effect.as(
              Effect.logWarning(`${request.key}: next action is unavailable`, _tag),
              Option.none()
            )
          ),
          permits.withPermitsIfAvailable(1),
          Effect.map(Option.flatten)
        )
    })

    /** The payment; with its next action if it waits for the customer. */
    return (view: PaymentView): Effect.Effect<PaymentView> => {
      const awaited = view.attempts.find(
        ({ kind, status }) => kind === "authorize" && status === "pending"
      )
      if (view.nextAction === undefined || awaited?.reference === undefined) {
        return Effect.succeed(view)
      }
      const { amount, idempotencyKey: key, reference } = awaited
      // Structural equality: the same key is the same lookup.
      const request = Data.struct({
        key,
        orderId: view.orderId,
        amount: Data.struct(amount),
        reference
      })
      return Effect.map(
        actions.get(request),
        Option.match({
          onNone: () => view,
          onSome: (nextAction) => ({ ...view, nextAction })
        })
      )
    }
  })

export const make = Effect.gen(function* () {
  const ofPayment = yield* ofGateway(yield* PaymentGateway)
  const payments = yield* ActorClient.make(PaymentEntity)

  /** The order; with its next action if it waits for the customer. */
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
