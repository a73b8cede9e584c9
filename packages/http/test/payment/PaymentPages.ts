/** The list of payments, folded from the journal whenever it is asked for. */
import { Journal } from "@souk/actors/journal/Journal"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"
import { PaymentReadModel } from "@souk/actors/payment/PaymentReadModel"
import { toMillis } from "@souk/domain/kernel/Timestamp"
import { PaymentEvent } from "@souk/domain/payment/PaymentEvent"
import { type PaymentSummary, summarize } from "@souk/domain/payment/PaymentSummary"
import { Clock, Effect, Layer, Schema } from "effect"

const decodeEvent = Schema.decodeUnknownSync(PaymentEvent)

const folded = (journal: Journal["Type"]) =>
  Effect.map(journal.readAll(0, 100_000), (events) => {
    const byStream = new Map<string, { position: number; doc: PaymentSummary }>()
    for (const { payload, position, stream, type } of events) {
      if (!stream.startsWith("payment-")) continue
      const before = byStream.get(stream)
      const doc = summarize(before?.doc, decodeEvent({ _tag: type, ...payload }))
      if (doc !== undefined) byStream.set(stream, { position: before?.position ?? position, doc })
    }
    return [...byStream.values()]
  })

export const layer = Layer.effect(
  PaymentReadModel,
  Effect.map(Journal, (journal) =>
    PaymentReadModel.of({
      list: ({ status, ...page }) =>
        Effect.flatMap(folded(journal), (all) => {
          const docs = all
            .map(({ doc }) => doc)
            .filter((doc) => doc.status === (status ?? doc.status))
          return pageOf(docs.toReversed(), ({ orderId }) => orderId, page)
        }),
      places: ({ after, limit, openForMs }) =>
        Effect.gen(function* () {
          const nowMs = yield* Clock.currentTimeMillis
          const all = yield* folded(journal)
          return all
            .filter(({ position }) => position > after)
            .filter(({ doc: { open } }) => {
              if (openForMs === undefined) return true
              return open[0] !== undefined && toMillis(open[0].since) <= nowMs - openForMs
            })
            .slice(0, limit)
            .map(({ doc: { orderId }, position }) => ({ orderId, position }))
        }),
      totals: Effect.map(folded(journal), (all) =>
        [...new Set(all.map(({ doc }) => doc.amount.currency))].toSorted().map((currency) => {
          const docs = all
            .map(({ doc }) => doc)
            .filter(({ amount }) => amount.currency === currency)
          const sum = (of: (doc: PaymentSummary) => number) => ({
            amountMinor: docs.reduce((total, doc) => total + of(doc), 0),
            currency
          })
          return {
            payments: docs.length,
            captured: sum(({ captured }) => captured.amountMinor),
            refunded: sum(({ refunded }) => refunded.amountMinor),
            revenue: sum(({ captured, refunded }) => captured.amountMinor - refunded.amountMinor)
          }
        })
      )
    })
  )
)
