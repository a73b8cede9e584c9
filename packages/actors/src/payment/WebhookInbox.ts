/**
 * Events that payment providers send: stored before they are acknowledged, processed afterwards.
 */
import type { OrderId } from "@souk/domain/kernel/Ids"
import { Context, type Effect } from "effect"
import type { JournalUnavailable } from "../journal/Journal.ts"
import type { Claimed, LeasedQueue } from "../reminder/LeasedQueue.ts"

/** One event of one provider, about an order of this shop or none. */
export interface ProviderEvent {
  readonly provider: string
  /** The provider's id, the same in each repeat. */
  readonly eventId: string
  readonly type: string
  readonly orderId: OrderId | undefined
}

/** An event about an order; the others are finished as they are stored. */
export interface StoredEvent extends ProviderEvent {
  readonly orderId: OrderId
}

/** An event under a lease. */
export type ClaimedEvent = StoredEvent & Claimed

export class WebhookInbox extends Context.Tag("@souk/actors/WebhookInbox")<
  WebhookInbox,
  Pick<LeasedQueue<StoredEvent>, "claim" | "fail" | "finish"> & {
    /** Stores an event; returns whether it is the first of its id. Durable when this returns. */
    readonly receive: (event: ProviderEvent) => Effect.Effect<boolean, JournalUnavailable>
    /**
     * Deletes at most `limit` finished events that were received longer ago than this; returns how
     * many. Providers repeat an event for some days only.
     */
    readonly forget: (
      olderThanMs: number,
      limit: number
    ) => Effect.Effect<number, JournalUnavailable>
  }
>() {}
