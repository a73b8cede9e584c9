/** The sentences of a timeline. */
import { assert, describe, it } from "@effect/vitest"
import { Sku } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { notCompensated, OrderEvent } from "@souk/domain/order/OrderEvent"
import { summary } from "@souk/domain/order/OrderSummary"
import { Arbitrary, FastCheck } from "effect"

const at = fromMillis(0)
const lamp = Sku.make("LAMP")

describe("the summary of an event", () => {
  it("says something, whatever has happened", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(OrderEvent), (event) => summary(event).length > 0)
    )
  })

  it("says why an order is cancelled", () => {
    const reasons = [
      [{ reason: "requested_by_customer" }, "the customer asked for it"],
      [
        { reason: "out_of_stock", skus: [lamp, Sku.make("RUG")] },
        "some of it is out of stock (LAMP, RUG)"
      ],
      [
        { reason: "payment_declined", declineCode: "expired_card" },
        "the payment was declined (expired_card)"
      ],
      [{ reason: "shipping_unavailable", note: "too far" }, "no carrier can deliver it (too far)"]
    ] as const
    for (const [cancellation, why] of reasons) {
      const event = { _tag: "OrderCancellationStarted", cancellation, undo: [], at } as const
      assert.strictEqual(summary(event), `Being cancelled, because ${why}`)
    }
  })

  it("says what a person has to look at, and what came too late", () => {
    const compensated = (outcome: string) =>
      summary({ _tag: "OrderStepCompensated", undo: { _tag: "UndoPayment" }, outcome, at })
    for (const outcome of ["mismatched", "refund_failed"]) {
      assert.include(compensated(outcome), "a person has to")
    }
    for (const outcome of ["voided", "refunded"]) {
      const sentence = `The payment came through after the order was given up: it was ${outcome}`
      assert.strictEqual(compensated(`late_${outcome}`), sentence)
    }
    const mismatch = summary({ _tag: "OrderPaymentMismatched", detail: "1 eur, not 9 eur", at })
    assert.include(mismatch, "(1 eur, not 9 eur): a person has to look")
  })

  it("says what was taken back, and what came of it", () => {
    const outcome = "nothing_to_undo"
    const steps = [
      [{ _tag: "UndoPayment" }, "The payment was undone: nothing to undo"],
      [{ _tag: "ReturnStock", sku: lamp, quantity: 2 }, "2 of LAMP went back to the shelf"]
    ] as const
    for (const [undo, sentence] of steps) {
      assert.strictEqual(summary({ _tag: "OrderStepCompensated", undo, outcome, at }), sentence)
    }
  })

  it("says of what did not happen that a person has to, whatever step it was", () => {
    const steps = [
      [{ _tag: "ReturnStock", sku: lamp, quantity: 2 }, "shelf_full", "return_refused"],
      [{ _tag: "ReleaseStock", sku: lamp }, "release_refused"],
      [{ _tag: "UndoPayment" }, "refund_failed", "mismatched", "undo_refused"],
      [{ _tag: "CancelShipment" }, "cancellation_refused"]
    ] as const
    const told = steps.flatMap(([undo, ...outcomes]) =>
      outcomes.map((outcome) => {
        const sentence = summary({ _tag: "OrderStepCompensated", undo, outcome, at })
        assert.match(sentence, /a person has to/, outcome)
        assert.notMatch(sentence, /went back|was given back|was called off|was undone/, outcome)
        return outcome
      })
    )
    assert.sameMembers(told, [...notCompensated])
  })
})
