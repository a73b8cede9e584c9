/** What providers told us by themselves: kept before it is acknowledged, worked off afterwards. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"

/** One event of one provider, about one order or about nothing of ours. */
export interface ProviderEvent {
  readonly provider: string
  /** The provider's own id: the same however often it is sent. */
  readonly eventId: string
  readonly type: string
  readonly orderId: OrderId | undefined
}

export interface Parked extends ProviderEvent {
  readonly orderId: OrderId
  /** How often it has been looked at before. */
  readonly attempts: number
}

export class WebhookInbox extends Context.Tag("@souk/actors/WebhookInbox")<
  WebhookInbox,
  {
    /** Keeps an event; says whether it is the first of its id. Durable when this returns. */
    readonly receive: (event: ProviderEvent) => Effect.Effect<boolean, JournalUnavailable>
    /**
     * At most `limit` events whose time has come, oldest first; each is left alone for a lease that
     * doubles from `leaseMs` to `leaseMsMax`. Two never get the same.
     */
    readonly claim: (
      limit: number,
      leaseMs: number,
      leaseMsMax: number
    ) => Effect.Effect<ReadonlyArray<Parked>, JournalUnavailable>
    /** Never looks at it again. */
    readonly finish: (event: ProviderEvent) => Effect.Effect<void, JournalUnavailable>
    /**
     * Forgets at most `limit` events that were received longer ago than this and are done with;
     * says how many. Providers send again for some days only.
     */
    readonly forget: (
      olderThanMs: number,
      limit: number
    ) => Effect.Effect<number, JournalUnavailable>
  }
>() {}
