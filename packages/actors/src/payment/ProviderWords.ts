/** What the provider says to the keys of a payment, and what the payment has to learn from that. */
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import {
  corrections,
  doneRefunds,
  type ProviderWord,
  type Question
} from "@souk/domain/payment/PaymentReconciliation"
import type { PaymentView } from "@souk/domain/payment/PaymentView"
import { Effect, Option } from "effect"
import type { ActorUnavailable } from "../runtime/ActorDefinition.ts"
import * as ActorClient from "../cluster/ActorClient.ts"
import { PaymentEntity } from "./PaymentEntity.ts"
import { GatewayUnavailable, PaymentGateway } from "./PaymentGateway.ts"

/** How long the provider may take for one key. */
const lookMs = 15_000

/** About how many keys of a payment it is asked at once. */
const keysAtOnce = 2

export type Words = ReadonlyArray<readonly [Question, ProviderWord]>

export const make = Effect.gen(function* () {
  const gateway = yield* PaymentGateway
  const payments = yield* ActorClient.make(PaymentEntity)

  /** What the provider says to one key. Its silence is a word as well. */
  const wordOf = (
    orderId: OrderId,
    { amount, key, kind, reference }: Question
  ): Effect.Effect<ProviderWord> =>
    // The card is of no use to a look-up: nothing is charged by it.
    gateway.lookup({ key, kind, orderId, amount, token: "", reference }).pipe(
      Effect.map(
        Option.match({
          onNone: (): ProviderWord => ({ _tag: "Unknown" }),
          onSome: (outcome): ProviderWord => outcome
        })
      ),
      Effect.timeoutFail({
        duration: lookMs,
        onTimeout: () => ({ _tag: "Slow" as const, message: `no answer in ${lookMs} ms` })
      }),
      Effect.catchAll((failure) => {
        const tag = failure._tag === "ProviderDisagrees" ? "Disagrees" : "Silent"
        return Effect.succeed<ProviderWord>({ _tag: tag, detail: failure.message })
      })
    )

  const ask = (orderId: OrderId, questions: ReadonlyArray<Question>): Effect.Effect<Words> =>
    Effect.forEach(
      questions,
      (question) => Effect.map(wordOf(orderId, question), (word) => [question, word] as const),
      { concurrency: keysAtOnce }
    )

  /** Tells the payment of refunds that came back; a second time changes nothing. */
  const teach = (
    orderId: OrderId,
    words: Words,
    behalf: Pick<Metadata, "causationId" | "who">
  ): Effect.Effect<void, ActorUnavailable> =>
    Effect.forEach(
      corrections(words),
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

  /** Asks about all refunds that we have as done; fails when one of the questions was no use. */
  const reviewRefunds = (
    payment: PaymentView,
    behalf: Pick<Metadata, "causationId" | "who">
  ): Effect.Effect<void, ActorUnavailable | GatewayUnavailable> =>
    Effect.gen(function* () {
      const words = yield* ask(payment.orderId, doneRefunds(payment))
      yield* teach(payment.orderId, words, behalf)
      for (const [, word] of words) {
        if (word._tag === "Silent") return yield* new GatewayUnavailable({ detail: word.detail })
      }
    })

  return { ask, teach, reviewRefunds }
})
