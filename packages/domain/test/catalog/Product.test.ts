/** A product is listed once, and revised on each change. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import type { SetProduct } from "../../src/catalog/ProductCommand.ts"
import * as Product from "../../src/catalog/Product.ts"
import { ImpossibleHistory } from "../../src/kernel/Decider.ts"
import { at, eur, mug, usd } from "../support/Examples.ts"
import { given } from "../support/GivenWhenThen.ts"

const fields = { sku: mug, name: "Mug", price: eur(1000), description: "Holds tea" }
const set: SetProduct = { _tag: "SetProduct", ...fields }
const listed = given(Product.decider).when(set, at(0))

describe("setting a product", () => {
  it("lists a new product", () => {
    listed.thenEvents({ _tag: "ProductListed", ...fields, at: at(0) })
    assert.deepStrictEqual(
      Product.view(listed.state),
      Option.some({ ...fields, listedAt: at(0), updatedAt: at(0) })
    )
  })

  it("has no events when nothing differs", () => {
    listed.when(set, at(1)).thenNothing()
  })

  it("revises it when the name, the price, the currency or the description changes", () => {
    for (const change of [
      { name: "Cup" },
      { price: eur(1001) },
      { price: usd(1000) },
      { description: "Holds coffee" }
    ]) {
      const revised = listed
        .when({ ...set, ...change }, at(1))
        .thenEvents({ _tag: "ProductRevised", ...fields, ...change, at: at(1) })
      assert.deepStrictEqual(
        Product.view(revised.state),
        Option.some({ ...fields, ...change, listedAt: at(0), updatedAt: at(1) })
      )
    }
  })

  it("removes a description that is absent", () => {
    const { description, ...bare } = fields
    const revised = listed
      .when({ _tag: "SetProduct", ...bare }, at(1))
      .thenEvents({ _tag: "ProductRevised", ...bare, at: at(1) })
      .when(set, at(2))
      .thenEvents({ _tag: "ProductRevised", ...fields, at: at(2) })
    assert.strictEqual(
      Option.getOrThrow(Product.view(revised.state)).description,
      fields.description
    )
  })
})

describe("an unlisted product", () => {
  it("has no view, and cannot have been revised", () => {
    assert.deepStrictEqual(Product.view(Product.decider.initial), Option.none())
    assert.throws(
      () => given(Product.decider, [{ _tag: "ProductRevised", ...fields, at: at(0) }]),
      ImpossibleHistory
    )
  })

  it("is never terminal", () => {
    assert.isFalse(Product.decider.isTerminal(Product.decider.initial))
    assert.isFalse(Product.decider.isTerminal(listed.state))
  })
})
