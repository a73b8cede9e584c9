/** The row of a product in the list, held against the product's own events. */
import { decider, view } from "@souk/domain/catalog/Product"
import { ProductAggregate } from "@souk/domain/catalog/ProductAggregate"
import { ProductView } from "@souk/domain/catalog/ProductView"
import * as Judge from "@souk/domain/inventory/StockVerification"
import type { Sku } from "@souk/domain/kernel/Ids"
import * as Money from "@souk/domain/kernel/Money"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, Option, Schema, Stream } from "effect"
import type { Journal } from "../journal/Journal.ts"
import { events } from "../journal/StreamEvents.ts"
import type { ReadModels } from "../projection/ReadModels.ts"

/** The list with a row for each product. */
export const list = "product_list"

const decodeRow = Schema.decodeUnknownOption(ProductView)

const inWords = (product: ProductView): string =>
  [
    product.name,
    Money.format(product.price),
    `listed ${product.listedAt}`,
    `updated ${product.updatedAt}`,
    ...(product.description === undefined ? [] : [product.description])
  ].join(", ")

const noRow = "no row"

/** The row of the list as it should be at the list's own place, and as it is. */
export const listed = (journal: Journal["Type"], models: ReadModels["Type"], sku: Sku) =>
  Effect.gen(function* () {
    const found = yield* models.row(list, sku)
    if (Option.isNone(found)) return { isKnown: false, differences: [] }
    const { doc, isRebuilding, position } = found.value
    const seen = yield* Stream.runFold(
      events(journal, ProductAggregate.streamId(sku)),
      { product: decider.initial, unread: Option.none<Timestamp.Timestamp>() },
      (before, recorded) =>
        recorded.position <= position
          ? {
              ...before,
              product: decider.evolve(before.product, ProductAggregate.codec.decode(recorded))
            }
          : { ...before, unread: Option.orElseSome(before.unread, () => recorded.recordedAt) }
    )
    const nowMs = yield* Clock.currentTimeMillis
    const behindMs = isRebuilding
      ? 0
      : Option.match(seen.unread, {
          onNone: () => 0,
          onSome: (at) => nowMs - Timestamp.toMillis(at)
        })
    const expected = Option.match(view(seen.product), {
      onNone: () => noRow,
      onSome: inWords
    })
    const shown = Option.match(doc, {
      onNone: () => noRow,
      onSome: (row) => Option.match(decodeRow(row), { onNone: () => "unreadable", onSome: inWords })
    })
    return {
      isKnown: seen.product._tag !== "Absent" || Option.isSome(seen.unread),
      differences: [...Judge.ofList(expected, shown), ...Judge.ofLag(behindMs)]
    }
  })
