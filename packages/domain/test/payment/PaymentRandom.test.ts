/** A payment and a bank, with anything in between, in any order: I-30, I-31, I-33 and I-35. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck, Option } from "effect"
import * as Payment from "../../src/payment/Payment.ts"
import { PaymentEvent } from "../../src/payment/PaymentEvent.ts"
import { must, same } from "../support/Check.ts"
import { tagsOf } from "../../src/kernel/Tagged.ts"
import { playOut, type PaymentWorld, plots } from "../support/PaymentWorld.ts"

/** I-33: the two books say the same, and none of the customer's money is held for nothing. */
const checkQuiescence = ({ bank, believed, events, state }: PaymentWorld) => {
  const view = Option.getOrUndefined(Payment.view(state))
  same(view?.mismatches ?? [], [])
  const isLetGo = bank.count("void") > 0
  // Between our last look and our void the customer may have come back: what the bank held for a
  // moment was let go of by that void, and never was ours.
  const isMissed = ({ kind }: { readonly kind: string }) =>
    kind === "authorize" && isLetGo && view?.authorized.amountMinor === 0
  const line = ({ amount, key, kind }: (typeof bank.book)[number]) =>
    `${key} ${kind} ${amount.amountMinor} ${amount.currency}`
  same(
    believed.map(line).toSorted(),
    bank.book
      .filter((entry) => !isMissed(entry))
      .map(line)
      .toSorted()
  )
  const isUndone = events.some(
    ({ _tag }) => _tag === "PaymentUndoRequested" || _tag === "PaymentVoidRequested"
  )
  if (!isUndone) return
  const held = bank.sum("capture") - bank.sum("refund")
  const isLeftToAPerson =
    view !== undefined &&
    view.refunds.filter(({ actor, status }) => actor !== "admin" && status === "failed").length >= 3
  const isSentBack = bank.returned > 0
  must(
    isLeftToAPerson || isSentBack || held === 0,
    `${held} of a cancelled order are still with us`
  )
  if (bank.count("capture") === 0 && bank.count("authorize") > 0) must(isLetGo, "still held")
}

describe("a payment to which anything happens in any order", () => {
  it.prop(
    "keeps its sums right after every event, and comes to rest with the books equal",
    [plots],
    ([plot]) => {
      const world = playOut(plot)
      world.heal()
      checkQuiescence(world)
    },
    { fastCheck: { numRuns: 500 } }
  )

  it("is played through all that can happen to it", () => {
    const seen = new Set<string>()
    for (const plot of FastCheck.sample(plots, { numRuns: 300, seed: 7 })) {
      for (const { _tag } of playOut(plot).events) seen.add(_tag)
    }
    assert.deepStrictEqual([...seen].toSorted(), tagsOf(PaymentEvent).toSorted())
  })
})
