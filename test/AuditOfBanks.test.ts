/** The audit of payments that the bank approves while the shop cancels the order. */
import { describe, expect, it } from "vitest"
import { checks, judge } from "./support/Audit.ts"
import type { AuditInput } from "./support/audit/AuditInput.ts"
import { consistentFixture } from "./support/audit/ConsistentFixture.ts"

describe("an approval at the bank while the order is being cancelled", () => {
  const amount = { amountMinor: 700, currency: "EUR" }
  const types = [
    ["PaymentAuthorizationRequested", { amount }],
    ["PaymentActionRequired", {}],
    ["PaymentVoidRequested", {}],
    ["PaymentVoided", { reference: "pi_1" }]
  ] as const
  const shop = (isTold: (type: string) => boolean): AuditInput => ({
    ...consistentFixture(),
    journal: types
      .filter(([type]) => isTold(type))
      .map(([type, payload], index) => ({
        ...consistentFixture().journal[0]!,
        stream: "payment-late",
        version: index + 1,
        type,
        payload
      })),
    ledger: (["authorize", "void"] as const).map((kind, id) => ({
      ...consistentFixture().ledger[0]!,
      id,
      orderId: "late",
      kind,
      status: "succeeded",
      amount,
      idempotencyKey: `late/${kind}`
    })),
    payments: new Map([
      [
        "late",
        {
          ...[...consistentFixture().payments.values()][0]!,
          attempts: [{ kind: "void", status: "succeeded", amount }],
          refunds: []
        }
      ]
    ])
  })
  const asked = checks.filter(({ says }) => says.includes("(I-33)"))

  it("is no difference between the ledgers, because the authorisation was voided", () => {
    expect(asked).toHaveLength(2)
    expect(
      judge(
        shop(() => true),
        asked
      )
    ).toEqual([])
  })

  it("is one, if no customer was sent to a bank, or nothing was voided", () => {
    for (const missing of ["PaymentActionRequired", "PaymentVoided"]) {
      expect(
        judge(
          shop((type) => type !== missing),
          asked
        )
      ).not.toEqual([])
    }
  })
})
