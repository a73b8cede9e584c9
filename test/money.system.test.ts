/** The shop's ledger against the provider's: card by card, under load, and after crashes. */
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest"
import * as Audit from "./support/Audit.ts"
import { hasEnded } from "./support/audit/AuditInput.ts"
import { ledgerChecks } from "./support/audit/LedgerChecks.ts"
import { souk } from "./support/Cli.ts"
import { decode } from "./support/Client.ts"
import { eventually, inParallel } from "./support/Eventually.ts"
import { good, PaymentScenarios, tokens } from "./support/PaymentScenarios.ts"
import { Shop } from "./support/Shop.ts"
import { must, Storefront } from "./support/Storefront.ts"
import * as Wire from "./support/Wire.ts"

let shop: Shop
let front: Storefront

beforeAll(async () => {
  shop = await Shop.start()
  front = new Storefront(shop.client)
})

afterAll(async () => {
  await shop?.close()
})

const declines: Readonly<Record<string, string>> = {
  pm_card_chargeDeclined: "generic_decline",
  pm_card_chargeDeclinedInsufficientFunds: "insufficient_funds",
  pm_card_chargeDeclinedExpiredCard: "expired_card",
  // The customer could still approve at the bank: hence a void.
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: "insufficient_funds"
}

/** The outcome of an order of 7.00 paid with this card, here and at the provider. */
const endOf = (token: string) => {
  const code = declines[token]
  const done = ["authorize succeeded 700", "capture succeeded 700"]
  const voided = token.includes("authenticationRequired") ? ["void succeeded 700"] : []
  return code === undefined
    ? { status: "confirmed", payment: "captured", done, code }
    : { status: "cancelled", payment: "declined", done: voided, code }
}

const reconciled = async (id: string) => {
  const answer = await front.post(`/v1/payments/${id}/reconciliation`, undefined)
  return decode(Wire.Reconciliation.fields.data.value, answer)
}

describe("each card of the sandbox", () => {
  it("has the outcome of its name, in both ledgers", { timeout: 120_000 }, async () => {
    const sku = await front.putUp(100, 700)
    await inParallel(tokens, tokens.length, async (token) => {
      const { id } = decode(Wire.Order, await front.ask({ [sku]: 1 }, { token, waitSeconds: 0 }))
      const { cancellation, status } = await front.until(id, (order) => hasEnded(order.status))
      await eventually("nothing is open", 30_000, async () =>
        (await reconciled(id)).isOpen ? undefined : true
      )
      const payment = await front.payment(id)
      const done = (await front.book(id)).filter((line) => line.includes("succeeded"))
      const found = { status, payment: payment?.status, done, code: cancellation?.declineCode }
      expect([token, found]).toEqual([token, endOf(token)])
      expect([token, await reconciled(id)]).toMatchObject([
        token,
        { isOpen: false, differences: [] }
      ])
    })
  })
})

describe("the operator", () => {
  it("refunds in parts, once per key, and both ledgers agree", { timeout: 120_000 }, async () => {
    const sku = await front.putUp(1, 2_000)
    const { order } = await front.place({ [sku]: 1 })
    const part = ["refund", "create", order.id, "--amount", "12.50", "--reason", "broken"]
    const sure = [...part, "--yes", "--idempotency-key", "desk-1"]
    expect(await souk(shop, sure)).toEqual({
      code: 0,
      stdout: `Refunded 12.50 EUR of ${order.id}; 7.50 EUR left.\n`,
      stderr: `Next: souk refund list ${order.id}\n`
    })
    expect((await souk(shop, sure)).stderr).toContain("nothing more was refunded now")
    const more = await souk(shop, [...part, "--yes"])
    expect([more.code, more.stderr]).toEqual([6, expect.stringContaining("only 7.50 EUR are left")])
    const list = await souk(shop, ["refund", "list", order.id])
    expect(list.stdout).toMatch(/re_\w+ +succeeded +12\.50 EUR .* broken/)
    expect((await front.book(order.id)).slice(2)).toEqual(["refund succeeded 1250"])
    await eventually("the list has caught up", 10_000, async () => {
      const { code, stderr, stdout } = await souk(shop, ["payments", "reconcile", "--all"])
      expect([code, stderr]).toEqual([0, expect.stringContaining("The books agree.")])
      return /EUR captured, 12\.50 EUR refunded/.test(stdout) ? true : undefined
    })
  })
})

/** Kills the shop after so many responses, and starts it again. */
const killAfter = async (payers: PaymentScenarios, okCount: number): Promise<number> => {
  await eventually("requests succeed", 120_000, () =>
    payers.log.okCount >= okCount ? true : undefined
  )
  const { inFlight } = payers.log
  await shop.killShop()
  await shop.start()
  return inFlight
}

describe("two hundred orders of all cards, at 32 callers, with two kills", () => {
  it("leave three equal ledgers, and no customer charged twice", { timeout: 400_000 }, async () => {
    onTestFailed(() => {
      process.stdout.write(`the shop said last:\n${shop.process.output.slice(-6_000)}\n`)
    })
    const { amountMinor, quantity, sku } = good
    const price = { amountMinor, currency: "EUR" }
    must(await shop.client.put(`/v1/products/${sku}`, { name: sku, price }), 201)
    must(await front.post(`/v1/inventory/${sku}/receipts`, { quantity }), 201)
    const startedAtMs = performance.now()
    const payers = new PaymentScenarios(shop.client)
    const paying = payers.run(32)
    const inFlight = [await killAfter(payers, 40), await killAfter(payers, 160)]
    const lastFaultAt = new Date().toISOString()
    await paying
    await Audit.quiet(shop.client)
    // The other tests kept no client log: client checks apply to these orders alone.
    const auditInput = await Audit.collect(shop.client, payers.log.entries, lastFaultAt)
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000)
    const statuses = JSON.stringify(Object.fromEntries(payers.log.statuses))
    process.stdout.write(
      `money: ${Audit.summary(auditInput)}; ${seconds} s; in flight ${inFlight}; ${statuses}\n`
    )

    expect(Audit.judge(auditInput, Audit.bookChecks)).toEqual([])
    expect(payers.log.entries.filter(({ outcome }) => outcome.class === "unknown")).toEqual([])
    expect(payers.log.statuses.get(500) ?? 0).toBe(0)

    // A test without any payments must not pass.
    expect(Math.min(...inFlight)).toBeGreaterThan(0)
    const orders = payers.log.entries.filter(({ intent }) => intent.kind === "order")
    expect(orders.length).toBe(200)
    expect(orders.every(({ outcome }) => outcome.class === "ok")).toBe(true)
    const refused = payers.log.entries.filter(({ intent }) => intent.mark.startsWith("refused-"))
    expect(refused.length).toBe(5)
    for (const { outcome } of refused) expect(outcome.text).toContain('"status":"failed"')
    const refunds = payers.log.entries.filter(({ intent }) => intent.mark.startsWith("refund-"))
    const [ok, fail] = ["ok", "fail"].map(
      (word) => refunds.filter(({ outcome }) => outcome.class === word).length
    )
    expect(ok).toBeGreaterThan(80)
    // Of three that do not fit together, exactly two were made.
    expect(ok).toBe((fail ?? 0) * 2)

    // One entry less, or a cent more, and the ledgers differ.
    const lastDone = auditInput.ledger.findLast(({ status }) => status === "succeeded")
    const changed = auditInput.ledger.flatMap((entry) => (entry === lastDone ? [] : [entry]))
    const cent = auditInput.ledger.map((entry) =>
      entry === lastDone ? { ...entry, amount: { ...entry.amount, amountMinor: 1 } } : entry
    )
    for (const ledger of [changed, cent]) {
      expect(Audit.judge({ ...auditInput, ledger }, ledgerChecks)).not.toEqual([])
    }
  })
})
