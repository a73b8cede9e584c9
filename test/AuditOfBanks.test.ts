/** What the auditor makes of customers whose bank and whose shop decide at the same time. */
import { describe, expect, it } from "vitest"
import { checks, judge } from "./support/Audit.ts"
import type { AuditInput } from "./support/audit/AuditInput.ts"
import { consistentFixture } from "./support/audit/ConsistentFixture.ts"

describe("a customer who says yes at their bank when the order is being cancelled already", () => {
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

  it("is no difference between the books, for what was held was let go", () => {
    expect(asked).toHaveLength(2)
    expect(
      judge(
        shop(() => true),
        asked
      )
    ).toEqual([])
  })

  it("is one, if nobody was sent to a bank, or nothing was let go", () => {
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
