/**
 * Holds payments against the provider's own book. First a payment that waits for an answer is
 * reminded, so that it asks by itself and settles; what differs after that is for a person. Only a
 * refund that came back is written down as well: nobody but the bank decides about that.
 */
import type { Sharding } from "@effect/cluster"
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import {
  differences,
  isOpen,
  type PaymentDifference,
  queries
} from "@souk/domain/payment/PaymentReconciliation"
import type { CurrencyTotal } from "@souk/domain/payment/PaymentSummary"
import type { PaymentStatus, PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import * as ActorClient from "../cluster/ActorClient.ts"
import type { LocalActors } from "../cluster/ActorClient.ts"
import type { ActorUnavailable } from "../runtime/ActorDefinition.ts"
import type { JournalUnavailable } from "../journal/Journal.ts"
import { OrderEntity } from "../order/OrderEntity.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import type { PaymentGateway } from "./PaymentGateway.ts"
import { PaymentReadModel } from "./PaymentReadModel.ts"
import * as ProviderLookup from "./ProviderLookup.ts"

/** How long a reminded payment may take to come to rest, before it is compared as it is. */
const settleMs = 5_000

/** How many payments are looked at together. */
const paymentsAtOnce = 8

/** How often a payment that moved while it was compared is compared again. */
const triesMax = 3

/**
 * An answer is overdue when the sweeper has reminded the payment some times already: it does so
 * after 5, 10, 20, 40 seconds, and then each minute.
 */
export const overdueMs = 60_000

/** One payment, held against the provider's book. */
export interface Reconciled {
  readonly orderId: OrderId
  readonly status: PaymentStatus
  /** How many keys the provider was asked about. */
  readonly checked: number
  /** Whether the provider still owes an answer. */
  readonly isOpen: boolean
  readonly differences: ReadonlyArray<PaymentDifference>
}

export interface ReconciledPage {
  readonly data: ReadonlyArray<Reconciled>
  readonly totals: ReadonlyArray<CurrencyTotal>
  /** Where the next page starts; nothing when this one was empty. */
  readonly next: number | null
}

export interface Scope {
  readonly after: number
  readonly limit: number
  /** Only payments whose answer is overdue by so much; without it, all there are. */
  readonly openForMs?: number | undefined
}

/** On whose behalf. */
export type Behalf = Pick<Metadata, "causationId" | "who">

type Trouble = ActorUnavailable | JournalUnavailable

export interface Reconciliation {
  /** Nothing where there is no payment. */
  readonly one: (
    orderId: OrderId,
    behalf: Behalf
  ) => Effect.Effect<Option.Option<Reconciled>, Trouble>
  readonly page: (scope: Scope, behalf: Behalf) => Effect.Effect<ReconciledPage, Trouble>
}

const told = (
  { orderId, status }: PaymentView,
  isOpen: boolean,
  checked: number,
  differences: ReadonlyArray<PaymentDifference>
): Reconciled => ({ orderId, status, checked, isOpen, differences })

export const make: Effect.Effect<
  Reconciliation,
  never,
  PaymentGateway | PaymentReadModel | Sharding.Sharding | LocalActors
> = Effect.gen(function* () {
  const statuses = yield* ProviderLookup.make
  const model = yield* PaymentReadModel
  const payments = yield* ActorClient.make(PaymentEntity)
  const orders = yield* ActorClient.make(OrderEntity)

  /** Reminds a payment that waits, and then the order that waits for it. */
  const remind = (orderId: OrderId, behalf: Behalf) => {
    const commandId = CommandId.make(`reconcile/${randomUUID()}`)
    const metadata: Metadata = { commandId, correlationId: orderId, ...behalf }
    return payments.resume(orderId, metadata, settleMs).pipe(
      Effect.zipRight(orders.resume(orderId, metadata)),
      Effect.catchIf(
        (error) => error._tag !== "ActorUnavailable",
        // A reminder decides nothing, so that nothing in it can be refused.
        Effect.die
      )
    )
  }

  const compared = (
    orderId: OrderId,
    behalf: Behalf,
    triesLeft: number
  ): Effect.Effect<Option.Option<Reconciled>, Trouble> =>
    Effect.gen(function* () {
      const { version, view } = yield* payments.read(orderId)
      if (view === undefined) return Option.none()
      const asked = queries(view)
      const said = yield* statuses.ask(orderId, asked)
      const found = differences(view, said)
      const after = yield* payments.read(orderId)
      // It moved meanwhile: then a difference may be nothing but the time between two looks.
      if (found.length > 0 && after.version !== version && triesLeft > 1) {
        return yield* compared(orderId, behalf, triesLeft - 1)
      }
      // Still told, so that a person sees it; the next comparison finds the books equal.
      yield* statuses.applyCorrections(orderId, said, behalf)
      return Option.some(told(view, isOpen(view), asked.length, found))
    })

  const one: Reconciliation["one"] = (orderId, behalf) =>
    Effect.gen(function* () {
      const { view } = yield* payments.read(orderId)
      if (view === undefined) return Option.none()
      if (isOpen(view)) yield* remind(orderId, behalf)
      return yield* compared(orderId, behalf, triesMax)
    })

  return {
    one,
    page: (scope, behalf) =>
      Effect.gen(function* () {
        // Before the places: of an empty last page they then count nothing that no page had.
        const totals = yield* model.totals
        const places = yield* model.places(scope)
        const data = yield* Effect.forEach(places, ({ orderId }) => one(orderId, behalf), {
          concurrency: paymentsAtOnce
        })
        return { data: data.flatMap(Option.toArray), totals, next: places.at(-1)?.position ?? null }
      })
  }
})
