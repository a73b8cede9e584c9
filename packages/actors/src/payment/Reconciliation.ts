/**
 * Compares payments with the provider's ledger. A payment with an open request is resumed first, so
 * that it asks the provider and settles; differences after that are for a person. Only a refund
 * that the bank returned is recorded as well, because the bank alone decides that.
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

/** How long a resumed payment may take to settle before it is compared as it is. */
const settleMs = 5_000

/** How many payments are compared at a time. */
const paymentsAtOnce = 8

/** How often a payment that changed while it was compared is compared again. */
const triesMax = 3

/**
 * A request is overdue when the sweeper has resumed the payment some times already: it does so
 * after 5, 10, 20, 40 seconds, and then each minute.
 */
export const overdueMs = 60_000

/** One payment, compared with the provider's ledger. */
export interface Reconciled {
  readonly orderId: OrderId
  readonly status: PaymentStatus
  /** How many keys were looked up. */
  readonly checked: number
  /** Whether a request is still open. */
  readonly isOpen: boolean
  readonly differences: ReadonlyArray<PaymentDifference>
}

export interface ReconciledPage {
  readonly data: ReadonlyArray<Reconciled>
  readonly totals: ReadonlyArray<CurrencyTotal>
  /** Where the next page starts; none when this one was empty. */
  readonly next: number | null
}

export interface Scope {
  readonly after: number
  readonly limit: number
  /** Only payments with a request that has been open for this long; all without it. */
  readonly openForMs?: number | undefined
}

/** The principal. */
export type Behalf = Pick<Metadata, "causationId" | "who">

type Trouble = ActorUnavailable | JournalUnavailable

export interface Reconciliation {
  /** None where there is no payment. */
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

  /** Resumes a payment with open requests, and then the order that waits for it. */
  const remind = (orderId: OrderId, behalf: Behalf) => {
    const commandId = CommandId.make(`reconcile/${randomUUID()}`)
    const metadata: Metadata = { commandId, correlationId: orderId, ...behalf }
    return payments.resume(orderId, metadata, settleMs).pipe(
      Effect.zipRight(orders.resume(orderId, metadata)),
      Effect.catchIf(
        (error) => error._tag !== "ActorUnavailable",
        // `Resume` cannot be refused.
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
      // It changed meanwhile, which may explain a difference.
      if (found.length > 0 && after.version !== version && triesLeft > 1) {
        return yield* compared(orderId, behalf, triesLeft - 1)
      }
      // Still reported, so that a person sees it; the next comparison finds no difference.
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
        // Before the places, so that an empty last page counts no payment that no page had.
        const totals = yield* model.totals
        const places = yield* model.places(scope)
        const data = yield* Effect.forEach(places, ({ orderId }) => one(orderId, behalf), {
          concurrency: paymentsAtOnce
        })
        return { data: data.flatMap(Option.toArray), totals, next: places.at(-1)?.position ?? null }
      })
  }
})
