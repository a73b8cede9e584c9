/** What a customer has to do, fresh from the provider, for answers to their own storefront. */
import * as ActorClient from "@souk/actors/cluster/ActorClient"
import { PaymentEntity } from "@souk/actors/payment/PaymentEntity"
import { PaymentGateway } from "@souk/actors/payment/PaymentGateway"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import type { Order } from "../order/OrderApi.ts"

/** How long an answer waits for the provider; then the kind of action has to do. */
const patienceMs = 3_000

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const payments = yield* ActorClient.make(PaymentEntity)

  /** The same payment; when it waits for its customer, with what they need to go on. */
  const ofPayment = (view: PaymentView): Effect.Effect<PaymentView> => {
    const awaited = view.attempts.find(
      ({ kind, status }) => kind === "authorize" && status === "pending"
    )
    if (view.nextAction === undefined || awaited?.reference === undefined) {
      return Effect.succeed(view)
    }
    const { amount, idempotencyKey: key, reference } = awaited
    return gateway.nextAction({ key, orderId: view.orderId, amount, reference }).pipe(
      Effect.timeout(patienceMs),
      Effect.map(
        Option.match({
          onNone: () => view,
          onSome: (nextAction) => ({ ...view, nextAction })
        })
      ),
      // A storefront can ask again; that the provider is slow is no reason to hide the payment.
      Effect.catchAll((error) =>
        Effect.as(Effect.logWarning(`${key}: the next action is not to be had`, error._tag), view)
      )
    )
  }

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
