/** Where a provider's news about a payment goes, so that it is told to us as a webhook. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Money } from "@souk/domain/kernel/Money"
import { Context, Effect, Layer } from "effect"

/** One payment about which there is something to hear. */
export interface WebhookNotice {
  readonly orderId: OrderId
  readonly reference: string
  readonly amount: Money
  /** Why the bank said no, if it did. */
  readonly code: string | undefined
}

export class PaymentWebhookSender extends Context.Tag("@souk/actors/PaymentWebhookSender")<
  PaymentWebhookSender,
  {
    /**
     * Sends a signed webhook, some times over. Losing one is no harm: the provider can be asked.
     */
    readonly send: (notice: WebhookNotice, times: number) => Effect.Effect<void>
  }
>() {}

/** A provider whose webhooks all get lost. */
export const layerLost: Layer.Layer<PaymentWebhookSender> = Layer.succeed(
  PaymentWebhookSender,
  PaymentWebhookSender.of({ send: () => Effect.void })
)
