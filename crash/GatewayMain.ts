/**
 * The payment provider of a crash test, as a separate process: it has Stripe's API, writes each
 * operation into its own ledger before it responds, and injects faults by a seed. Lines on its
 * standard input set the webhook address and stop the faults; it ends when that is closed.
 */
import { Effect, Scope } from "effect"
import { fdatasyncSync, openSync, writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { event } from "../packages/actors/test/support/StripeShapes.ts"
import * as StripeStandIn from "../packages/actors/test/support/StripeStandIn.ts"
import { Random } from "../test/support/Random.ts"

const [ledgerPath = "", seed = "", secret = ""] = process.argv.slice(2)

/** How often customers are looked for who have to go to their bank, and the index is renewed. */
const lookMs = 200

/** How long a customer is at the bank. */
const bankMs = [200, 2_000] as const

/** How often a webhook is sent that no shop accepts, and the pauses between. */
const deliveriesMax = 8
const pauseMs = 500
const deliveryMsMax = 5_000

const ledger = openSync(ledgerPath, "a")

const write = (line: object): void => {
  writeSync(ledger, `${JSON.stringify(line)}\n`)
  fdatasyncSync(ledger)
}

const random = new Random(Number(seed))
let urls: ReadonlyArray<string> = []
let isHealed = false

const weights = {
  none: 920,
  "charged, then silent": 20,
  "silent, not charged": 15,
  "connection reset after the charge": 15,
  "error 500": 15,
  "too many requests": 10,
  "garbled answer": 5
}

const faults: Readonly<Record<string, StripeStandIn.Fault>> = {
  "charged, then silent": { _tag: "Hang", isDone: true },
  "silent, not charged": { _tag: "Hang", isDone: false },
  "connection reset after the charge": { _tag: "Reset", isDone: true },
  "error 500": { _tag: "Refuse", status: 500, error: { type: "api_error", message: "our fault" } },
  "too many requests": { _tag: "Refuse", status: 429, error: { message: "slow down" } },
  "garbled answer": { _tag: "Garble", isDone: true, body: "<html>" }
}

const faultOf = ({ key, method }: StripeStandIn.Request): StripeStandIn.Fault | undefined => {
  if (isHealed || method !== "POST") return undefined
  const name = random.weighted(weights)
  if (name !== "none") write({ fault: name, key })
  return faults[name]
}

const standIn = await Effect.runPromise(
  Scope.extend(
    StripeStandIn.makeWith({ written: (entry) => write({ entry }), faultOf }),
    Effect.runSync(Scope.make())
  )
)

/** Delivers as Stripe does: to one address, until it is accepted. */
const deliver = async (id: string, copy: number): Promise<void> => {
  const intent = standIn.book.intents.get(id)
  const isHeld = intent?.status === "requires_capture"
  const type = isHeld ? "amount_capturable_updated" : "payment_failed"
  const told = event(`payment_intent.${type}`, { ...intent }, { id: `evt_${id}_${type}` })
  for (let turn = copy; turn < deliveriesMax + copy; turn++) {
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const { body, signature } = StripeStandIn.signed(told, secret, nowSeconds)
    const answer = await fetch(`${urls[turn % urls.length]}/v1/webhooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": signature },
      body,
      signal: AbortSignal.timeout(deliveryMsMax)
    }).then(
      (response) => response.text().then(() => response.status),
      () => 0
    )
    if (answer === 200) return write({ webhook: "taken" })
    await sleep(pauseMs)
  }
  write({ fault: "webhook that was not accepted" })
}

const tell = async (id: string): Promise<void> => {
  switch (isHealed ? "once" : random.weighted({ once: 70, often: 15, late: 10, never: 5 })) {
    case "often":
      write({ fault: "webhook three times" })
      await Promise.all([0, 1, 2].map((copy) => deliver(id, copy)))
      return
    case "late":
      write({ fault: "webhook 3 s late" })
      await sleep(3_000)
      return deliver(id, 0)
    case "never":
      return write({ fault: "webhook lost" })
    default:
      return deliver(id, 0)
  }
}

const atTheBank = new Set<string>()

const send = async (id: string): Promise<void> => {
  const isProved = random.chance(0.85)
  await sleep(random.int(...bankMs))
  if (standIn.book.intents.get(id)?.status !== "requires_action") return
  standIn.book.authenticate(id, isProved)
  await tell(id)
}

setInterval(() => {
  for (const { id, metadata, status } of standIn.book.intents.values()) {
    if (status !== "requires_action" || atTheBank.has(id)) continue
    atTheBank.add(id)
    write({ sentToBank: true, key: metadata["souk_key"] })
    void send(id)
  }
  standIn.book.index()
}, lookMs)

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line)
    if (order.urls !== undefined) urls = order.urls
    if (order.heal === true) isHealed = true
  })
  .on("close", () => process.exit(0))

process.stdout.write(`${standIn.url}\n`)
