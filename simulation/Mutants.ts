/**
 * The tests of the simulation: realistic bugs, each patched in here; the product has no flags for
 * them. The simulation must catch every one.
 */
import { alone } from "@souk/actors/cluster/ShardOwnership"
import { ShardLeases } from "@souk/actors/cluster/ShardLeases"
import { accept, type Decision } from "@souk/domain/kernel/Decider"
import type { OrderEvent } from "@souk/domain/order/OrderEvent"
import * as PaymentSaga from "@souk/domain/payment/PaymentSaga"
import { Either, Option } from "effect"
import type { Rooms } from "./Rooms.ts"
import type { LeaseRules } from "./SharedShards.ts"
import type { StoreRules } from "./Store.ts"

export interface Mutant {
  readonly says: string
  readonly store?: Partial<StoreRules>
  readonly rooms?: (sound: Rooms) => Partial<Rooms>
  readonly sweeps?: boolean
  /** How a process judges the ownership of the shards it shares with others. */
  readonly leases?: Partial<LeaseRules>
  /** The id by which a process recognises a command. */
  readonly commandId?: (id: string, step: number) => string
}

/** The shop as it is. */
export const sound: Mutant = { says: "nothing" }

/** The same decisions, with some of their events left out. */
const without = <E extends { readonly _tag: string }, R>(
  decision: Decision<E, R>,
  isDropped: (event: E) => boolean
): Decision<E, R> => Either.map(decision, (events) => events.filter((event) => !isDropped(event)))

/** Unless nothing else is to be compensated: then the order would only be stuck. */
const withoutRelease = (event: OrderEvent): OrderEvent => {
  if (event._tag !== "OrderCancellationStarted") return event
  const undo = event.undo.filter(({ _tag }) => _tag !== "ReleaseStock")
  return undo.length === 0 ? event : { ...event, undo }
}

const inRooms = {
  "skips the release on a decline": {
    says: "a cancelled order does not release its stock",
    rooms: ({ order }) => ({
      order: {
        ...order,
        decider: {
          ...order.decider,
          decide: (...question) =>
            Either.map(order.decider.decide(...question), (events) => events.map(withoutRelease))
        }
      }
    })
  },
  "ignores the end of the hold": {
    says: "an order is not cancelled when its hold has expired",
    rooms: ({ order }) => ({
      order: {
        ...order,
        decider: {
          ...order.decider,
          decide: (state, command, at) =>
            command._tag === "ResumeOrder" ? accept() : order.decider.decide(state, command, at)
        }
      }
    })
  },
  "keeps a late authorisation": {
    says: "an authorisation after the cancellation is not voided",
    rooms: ({ payment }) => ({
      payment: {
        ...payment,
        decider: {
          ...payment.decider,
          decide: (state, command, at) => {
            const decision = payment.decider.decide(state, command, at)
            return command._tag === "RecordAuthorization"
              ? without(decision, ({ _tag }) => _tag === "PaymentVoidRequested")
              : decision
          }
        }
      }
    })
  },
  "records a repeated answer": {
    says: "a duplicate response of the provider is recorded twice",
    rooms: ({ payment }) => ({
      payment: {
        ...payment,
        decider: {
          ...payment.decider,
          decide: (state, command, at) =>
            command._tag === "RecordAuthorization" && state._tag !== "Absent"
              ? accept({ _tag: "PaymentAuthorized", reference: command.reference, at })
              : payment.decider.decide(state, command, at)
        }
      }
    })
  },
  "charges under a fresh key": {
    says: "a retried charge has another key for the provider",
    rooms: ({ payment }) => ({
      payment: {
        ...payment,
        execute: (intent, hands, isRepeat, done) => {
          const key = `${intent.key}/${hands.providers.gateway.book.length}`
          payment.execute({ ...intent, key }, hands, isRepeat, done)
        }
      }
    })
  },
  "takes silence for a no": {
    says: "an authorisation whose outcome is unknown is recorded as declined",
    rooms: ({ payment }) => ({
      payment: {
        ...payment,
        execute: (intent, hands, isRepeat, done) => {
          if (intent._tag !== "Authorize") return payment.execute(intent, hands, isRepeat, done)
          hands.providers.ask(hands.owner, intent, (heard) =>
            done(
              heard === "unknown" || heard === "unavailable"
                ? Option.some({ _tag: "RecordDecline", code: "time-out" })
                : PaymentSaga.answer(intent, heard)
            )
          )
        }
      }
    })
  },
  "sells what is held": {
    says: "stock is reserved without regard to the holds of others",
    rooms: ({ inventory }) => ({
      inventory: {
        ...inventory,
        decider: {
          ...inventory.decider,
          decide: (state, command, at) =>
            inventory.decider.decide(
              command._tag === "ReserveStock" ? { ...state, held: 0 } : state,
              command,
              at
            )
        }
      }
    })
  }
} satisfies Record<string, Mutant>

const elsewhere = {
  "has no fence": {
    says: "the journal accepts any append, regardless of the versions",
    store: { hasFence: false }
  },
  "passes over a conflict": {
    says: "an append that lost its race is acknowledged",
    store: { tellsConflicts: false }
  },
  "tears an append": {
    says: "only the first event of an append is written",
    store: { isAtomic: false }
  },
  "acknowledges before the commit": {
    says: "appends are answered when they arrive, not when they are committed",
    store: { acknowledgesEarly: true }
  },
  "numbers events as they arrive": {
    says: "positions are given before the commit, and readers have a plain cursor",
    store: { numbersAt: "arrival" }
  },
  "forgets reminders": {
    says: "the reminder is not written with the events",
    store: { keepsReminders: false }
  },
  "has no sweeper": {
    says: "no sweeper runs",
    sweeps: false
  },
  "believes its memory": {
    says: "a process that slept refuses from its state, without a version check",
    store: { tellsNews: false }
  },
  "does not know a command again": {
    says: "a command that is repeated is not recognised by its id",
    commandId: (id, step) => `${id}~${step}`
  }
} satisfies Record<string, Mutant>

/** Bugs that only runners with shared shards can have. */
export const ofSharedShards: Readonly<Record<string, Mutant>> = {
  "knows nothing of terms": {
    says: "actor state is kept when its shard was lost and won again",
    leases: { ownership: () => alone }
  },
  "believes in its lease for ever": {
    says: "a runner that slept considers its shards still its own",
    leases: {
      make: (...parts) =>
        new (class extends ShardLeases {
          override mayWrite(): boolean {
            return true
          }
        })(...parts)
    }
  },
  "measures its lease by the clock on the wall": {
    says: "a runner whose clock was set back extends its lease",
    leases: {
      make: (clock, settleOthers) => {
        const nanos = () => BigInt(clock.unsafeCurrentTimeMillis()) * 1_000_000n
        return new ShardLeases({ ...clock, unsafeCurrentTimeNanos: nanos }, settleOthers)
      }
    }
  }
}

export const mutants: Readonly<Record<string, Mutant>> = {
  ...inRooms,
  ...elsewhere,
  ...ofSharedShards
}
