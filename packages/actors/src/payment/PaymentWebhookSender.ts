/** Sends changes of a payment at the sandbox provider as webhooks. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Money } from "@souk/domain/kernel/Money"
import { Context, Effect, Layer } from "effect"

/** One payment that has changed. */
export interface WebhookNotice {
  readonly orderId: OrderId
  readonly reference: string
  readonly amount: Money
  /** The decline code of the bank, if it declined. */
  readonly code: string | undefined
}

export class PaymentWebhookSender extends Context.Tag("@souk/actors/PaymentWebhookSender")<
  PaymentWebhookSender,
  {
    /**
     * Sends a signed webhook, possibly several times. A lost one does no harm: the payment asks the
     * provider.
     */
    readonly send: (notice: WebhookNotice, times: number) => Effect.Effect<void>
  }
>() {}

/** Loses all webhooks. */
export const layerLost: Layer.Layer<PaymentWebhookSender> = Layer.succeed(
  PaymentWebhookSender,
  PaymentWebhookSender.of({ send: () => Effect.void })
)
