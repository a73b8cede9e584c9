/** Where a provider's news about a payment goes, so that it is told to us as a webhook. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { Money } from "@souk/domain/kernel/Money"
import { Context, Effect, Layer } from "effect"

/** One payment about which there is something to hear. */
export interface Notice {
  readonly orderId: OrderId
  readonly reference: string
  readonly amount: Money
  /** Why the bank said no, if it did. */
  readonly code: string | undefined
}

export class PaymentNotices extends Context.Tag("@souk/actors/PaymentNotices")<
  PaymentNotices,
  {
    /**
     * Sends a signed webhook, some times over. Losing one is no harm: the provider can be asked.
     */
    readonly send: (notice: Notice, times: number) => Effect.Effect<void>
  }
>() {}

/** A provider whose webhooks all get lost. */
export const layerLost: Layer.Layer<PaymentNotices> = Layer.succeed(
  PaymentNotices,
  PaymentNotices.of({ send: () => Effect.void })
)
