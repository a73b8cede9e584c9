/** The tester's side of the payment provider: starts its process, and reads its ledger. */
import { Schema } from "effect"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { secretKey } from "../packages/actors/test/support/StripeStandIn.ts"
import type { LedgerEntry } from "../test/support/Wire.ts"

/** Shorter than usual, because the test's provider often does not respond. */
const timeoutMs = 2_000

const Line = Schema.parseJson(
  Schema.Struct({
    entry: Schema.optional(
      Schema.Struct({
        kind: Schema.Literal("authorize", "capture", "void", "refund"),
        key: Schema.String,
        amount: Schema.Int,
        currency: Schema.String
      })
    ),
    fault: Schema.optional(Schema.String),
    sentToBank: Schema.optional(Schema.Literal(true)),
    /** The order of the request that met the fault, or whose customer is sent to the bank. */
    key: Schema.optional(Schema.String),
    webhook: Schema.optional(Schema.String)
  })
)

export interface Gateway {
  /** For the environment of the shop. */
  readonly environment: Readonly<Record<string, string>>
  readonly sendWebhooksTo: (urls: ReadonlyArray<string>) => void
  /** Stops all faults. */
  readonly heal: () => void
  /** What succeeded, by its own ledger. */
  readonly book: () => Promise<ReadonlyArray<LedgerEntry>>
  /** How often each fault occurred. */
  readonly faults: () => ReadonlyMap<string, number>
  /** The orders that had to wait because of it, or of a customer who was sent to the bank. */
  readonly heldUp: () => ReadonlySet<string>
  readonly stop: () => Promise<void>
}

/** Every key begins with the order it is about. */
const orderOf = (key: string): string => key.split("/")[0] ?? ""

const program = fileURLToPath(new URL("GatewayMain.ts", import.meta.url))

export const startGateway = async (ledgerPath: string, seed: number): Promise<Gateway> => {
  const webhookSecret = `whsec_${randomBytes(24).toString("hex")}`
  const flags = ["--conditions=@souk/source", "--import", "tsx", program]
  const child = spawn(process.execPath, [...flags, ledgerPath, String(seed), webhookSecret], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const exited = once(child, "exit")
  const [url] = await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => {
      throw new Error("the payment provider did not start")
    })
  ])
  const order = (line: object) => child.stdin.write(`${JSON.stringify(line)}\n`)
  const read = () =>
    readFileSync(ledgerPath, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Schema.decodeUnknownSync(Line)(line))
  return {
    environment: {
      SOUK_PAYMENT_GATEWAY: "stripe",
      SOUK_STRIPE_SECRET_KEY: secretKey,
      SOUK_STRIPE_WEBHOOK_SECRET: webhookSecret,
      SOUK_STRIPE_API_BASE: String(url).trim(),
      SOUK_STRIPE_TIMEOUT_MS: String(timeoutMs)
    },
    sendWebhooksTo: (urls) => order({ urls }),
    heal: () => order({ heal: true }),
    book: () =>
      Promise.resolve(
        read().flatMap(({ entry }, index) =>
          entry === undefined
            ? []
            : [
                {
                  id: index + 1,
                  orderId: orderOf(entry.key),
                  kind: entry.kind,
                  status: "succeeded" as const,
                  amount: { amountMinor: entry.amount, currency: entry.currency.toUpperCase() },
                  idempotencyKey: entry.key,
                  at: ""
                }
              ]
        )
      ),
    faults: () => {
      const counts = new Map<string, number>()
      for (const { fault, webhook } of read()) {
        const name = fault ?? (webhook === undefined ? undefined : "webhook taken")
        if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
      }
      return counts
    },
    heldUp: () => new Set(read().flatMap(({ key }) => (key === undefined ? [] : orderOf(key)))),
    stop: async () => {
      child.stdin.end()
      await exited
    }
  }
}
