/** The list of products in memory. */
import { ProductReadModel } from "@souk/actors/catalog/ProductReadModel"
import { Journal } from "@souk/actors/journal/Journal"
import { ProductView } from "@souk/domain/catalog/ProductView"
import { Effect, Layer } from "effect"
import { pageOf } from "../../../actors/test/support/PageMemory.ts"
import { folded } from "../support/Folded.ts"

export const layer = Layer.effect(
  ProductReadModel,
  Effect.map(Journal, (journal) =>
    ProductReadModel.of({
      list: (page) =>
        Effect.gen(function* () {
          const events = yield* journal.readAll(0, 100_000)
          const all = folded(
            events,
            "catalog",
            (before, event) => {
              const at = "at" in event ? event.at : ""
              return { listedAt: at, ...before, ...event, updatedAt: at }
            },
            ProductView
          )
          return yield* pageOf(all, ({ sku }) => sku, page)
        })
    })
  )
)
