/** A product: what is sold, under which name and at which price. */
import { Option } from "effect"
import {
  accept,
  decideBy,
  type Decider,
  type Decision,
  evolveBy,
  impossible
} from "../kernel/Decider.ts"
import type { Timestamp } from "../kernel/Timestamp.ts"
import type { ProductCommand, ProductRejection, SetProduct } from "./ProductCommand.ts"
import type { ProductEvent } from "./ProductEvent.ts"
import type { ProductView } from "./ProductView.ts"

export type Product =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Listed"; readonly view: ProductView }

const isSame = (view: ProductView, command: SetProduct): boolean =>
  view.name === command.name &&
  view.description === command.description &&
  view.price.amountMinor === command.price.amountMinor &&
  view.price.currency === command.price.currency

const set = (
  product: Product,
  command: SetProduct,
  at: Timestamp
): Decision<ProductEvent, ProductRejection> => {
  const { _tag, ...fields } = command
  switch (product._tag) {
    case "Absent":
      return accept({ _tag: "ProductListed", ...fields, at })
    case "Listed":
      return isSame(product.view, command)
        ? accept()
        : accept({ _tag: "ProductRevised", ...fields, at })
  }
}

export const decider: Decider<Product, ProductCommand, ProductEvent, ProductRejection> = {
  initial: { _tag: "Absent" },
  decide: decideBy<Product, ProductCommand, ProductEvent, ProductRejection>({ SetProduct: set }),
  evolve: evolveBy<Product, ProductEvent>({
    ProductListed: (_product, { _tag, at, ...fields }) => ({
      _tag: "Listed",
      view: { ...fields, listedAt: at, updatedAt: at }
    }),
    ProductRevised: (product, event) => {
      const { _tag, at, ...fields } = event
      if (product._tag === "Absent") return impossible(product, event)
      const { listedAt } = product.view
      return { _tag: "Listed", view: { ...fields, listedAt, updatedAt: at } }
    }
  }),
  isTerminal: () => false
}

export const view = (product: Product): Option.Option<ProductView> =>
  product._tag === "Absent" ? Option.none() : Option.some(product.view)
