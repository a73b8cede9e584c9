/** A product: what is sold, under which name and at which price. */
import { Match, Option } from "effect"
import { accept, type Decider, type Decision, impossible } from "../kernel/Decider.ts"
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
  decide: (product, command, at) =>
    Match.valueTags(command, { SetProduct: (command) => set(product, command, at) }),
  evolve: (product, event) =>
    Match.valueTags(event, {
      ProductListed: ({ _tag, at, ...fields }): Product => ({
        _tag: "Listed",
        view: { ...fields, listedAt: at, updatedAt: at }
      }),
      ProductRevised: ({ _tag, at, ...fields }): Product =>
        product._tag === "Absent"
          ? impossible(product, event)
          : { _tag: "Listed", view: { ...fields, listedAt: product.view.listedAt, updatedAt: at } }
    }),
  isTerminal: () => false
}

export const view = (product: Product): Option.Option<ProductView> =>
  product._tag === "Absent" ? Option.none() : Option.some(product.view)
