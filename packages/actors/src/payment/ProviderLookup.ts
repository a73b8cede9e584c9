/** The provider's status of each key of a payment, and the corrections that follow. */
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import {
  corrections,
  doneRefunds,
  type ProviderStatus,
  type ProviderQuery
} from "@souk/domain/payment/PaymentReconciliation"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import type { ActorUnavailable } from "../runtime/ActorDefinition.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import { GatewayUnavailable, PaymentGateway } from "./PaymentGateway.ts"

/** How long the lookup of one key may take. */
const lookupMs = 15_000

/** How many keys of a payment are looked up at once. */
const keysAtOnce = 2

export type Statuses = ReadonlyArray<readonly [ProviderQuery, ProviderStatus]>

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const payments = yield* ActorClient.make(PaymentEntity)

  /** The provider's status of one key; no answer is a status as well. */
  const statusOf = (
    orderId: OrderId,
    { amount, key, kind, reference }: ProviderQuery
  ): Effect.Effect<ProviderStatus> =>
    // A lookup charges nothing and needs no card.
    gateway.lookup({ key, kind, orderId, amount, token: "", reference }).pipe(
      Effect.map(
        Option.match({
          onNone: (): ProviderStatus => ({ _tag: "Unknown" }),
          onSome: (outcome): ProviderStatus => outcome
        })
      ),
      Effect.timeoutFail({
        duration: lookupMs,
        onTimeout: () => ({ _tag: "Slow" as const, message: `no answer in ${lookupMs} ms` })
      }),
      Effect.catchAll((failure) => {
        const tag = failure._tag === "ProviderDisagrees" ? "Disagrees" : "Silent"
        return Effect.succeed<ProviderStatus>({ _tag: tag, detail: failure.message })
      })
    )

  const ask = (orderId: OrderId, queries: ReadonlyArray<ProviderQuery>): Effect.Effect<Statuses> =>
    Effect.forEach(
      queries,
      (query) => Effect.map(statusOf(orderId, query), (found) => [query, found] as const),
      { concurrency: keysAtOnce }
    )

  /** Records refunds that the bank returned; a repeat changes nothing. */
  const applyCorrections = (
    orderId: OrderId,
    statuses: Statuses,
    behalf: Pick<Metadata, "causationId" | "who">
  ): Effect.Effect<void, ActorUnavailable> =>
    Effect.forEach(
      corrections(statuses),
      (command) => {
        const { code, refundId } = command
        const commandId = CommandId.make(`returned/${refundId}`)
        const metadata: Metadata = { commandId, correlationId: orderId, ...behalf }
        const sentence = `${orderId}: refund ${refundId} came back from the bank (${code})`
        return payments.handle(orderId, command, metadata).pipe(
          Effect.catchIf((error) => error._tag !== "ActorUnavailable", Effect.die),
          Effect.zipRight(Effect.logError(`${sentence}: the customer has to be paid otherwise`))
        )
      },
      { discard: true }
    )

  /** Looks up all succeeded refunds; fails when one of the lookups has no answer. */
  const reviewRefunds = (
    payment: PaymentView,
    behalf: Pick<Metadata, "causationId" | "who">
  ): Effect.Effect<void, ActorUnavailable | GatewayUnavailable> =>
    Effect.gen(function* () {
      const statuses = yield* ask(payment.orderId, doneRefunds(payment))
      yield* applyCorrections(payment.orderId, statuses, behalf)
      for (const [, found] of statuses) {
        if (found._tag === "Silent") return yield* new GatewayUnavailable({ detail: found.detail })
      }
    })

  return { ask, applyCorrections, reviewRefunds }
})
