/** The reconciliation of the stub shop: what is named `odd` in an order's id differs. */
import { HttpApiBuilder } from "@effect/platform"
import { OrderId } from "@souk/domain/kernel/Ids"
import { PaymentNotFound } from "@souk/domain/payment/PaymentCommand"
import type { Reconciled } from "@souk/http/payment/ReconciliationApi"
import { Context, Effect } from "effect"
import { Api } from "./StubApi.ts"

/** How many payments there are; the last but one differs. */
export const paymentsCount = 40

export const orderOf = (n: number): OrderId =>
  OrderId.make(`ord_${n === paymentsCount - 1 ? "odd" : "even"}${String(n).padStart(16, "0")}`)

const reconciled = (orderId: OrderId): Reconciled => ({
  orderId,
  status: "captured",
  checked: 2,
  isOpen: orderId.includes("open"),
  differences: orderId.includes("odd")
    ? [
        {
          key: `${orderId}/capture`,
          kind: "capture",
          amount: { amountMinor: 2_000, currency: "EUR" },
          problem: "missing_at_provider",
          ours: "succeeded",
          theirs: "absent",
          detail: "the provider does not know this key"
        }
      ]
    : []
})

/** Whether the list skips the odd payment, although the totals count it. */
export class SkipsOdd extends Context.Reference<SkipsOdd>()("@souk/cli/test/SkipsOdd", {
  defaultValue: () => false
}) {}

const sum = (amountMinor: number) => ({ amountMinor, currency: "EUR" }) as const

export const layer = HttpApiBuilder.group(Api, "reconciliation", (handlers) =>
  Effect.map(SkipsOdd, (skipsOdd) =>
    handlers
      .handle("one", ({ path: { orderId } }) =>
        /even|odd|open/.test(orderId) ? Effect.succeed(reconciled(orderId)) : new PaymentNotFound()
      )
      .handle("page", ({ urlParams: { after = 0, limit = 10, scope } }) => {
        const positions = Array.from({ length: paymentsCount }, (_, index) => index + 1)
        const found = positions.filter((n) => n > after && scope === "all").slice(0, limit)
        const orders = found.map(orderOf).filter((id) => !skipsOdd || !id.includes("odd"))
        return Effect.succeed({
          data: orders.map(reconciled),
          totals: [
            { payments: 40, captured: sum(80_000), refunded: sum(500), revenue: sum(79_500) }
          ],
          next: found.at(-1) ?? null
        })
      })
  )
)
