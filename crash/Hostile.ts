/** Requests that must be refused, sent while everything else goes on. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Random } from "../test/support/Random.ts"
import { orderBody } from "../test/support/RequestGenerator.ts"

const pauseMs = [100, 400] as const
const answerMsMax = 30_000
const megabyte = 1_000_000

/** A marker in each of these requests, so that the journal shows whether one was accepted. */
export const mark = "hostile-mark"

/** What no response may contain: paths of code, the database address, secrets. */
const leaks = /node_modules|\.js:\d|\bat \w+ \(|postgres(ql)?:\/\/|sk_test_|whsec_|SELECT /

interface Attack {
  readonly path: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const json = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(orderBody([{ sku: "STAPLE-1", quantity: 1 }], { metadata: { mark }, ...change }))

const attacks = (key: string): Readonly<Record<string, Attack>> => {
  const known = { authorization: `Bearer ${key}` }
  const lines = (sku: unknown, quantity: unknown) => json({ lines: [{ sku, quantity }] })
  const order = (body: string): Attack => ({ path: "/v1/orders", body, headers: known })
  const long = "x".repeat(megabyte)
  return {
    "no credential": { path: "/v1/orders", body: json({}) },
    "a guessed key": {
      path: "/v1/orders",
      body: json({}),
      headers: { authorization: "Bearer sk_guessed_guessed_guessed" }
    },
    "a token without a signature": {
      path: "/v1/orders",
      body: json({}),
      headers: { authorization: "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9." }
    },
    "half a body": order(json({}).slice(0, -9)),
    "a body of a megabyte": order(json({ metadata: { mark, long } })),
    "a quantity below nothing": order(lines("STAPLE-1", -1)),
    "a quantity beyond numbers": order(lines("STAPLE-1", 1e300)),
    "a statement for a name": order(lines(`'; DROP TABLE journal; --`, 1)),
    "a price of one's own": order(lines({ amountMinor: 1 }, 1)),
    "a refund of a stranger": {
      path: `/v1/payments/..%2f..%2fadmin/refunds`,
      body: JSON.stringify({ amount: { amountMinor: 1, currency: "EUR" }, reason: mark }),
      headers: known
    },
    "an unsigned webhook": {
      path: "/v1/webhooks/stripe",
      body: JSON.stringify({ id: mark, object: "event", type: "payment_intent.succeeded" }),
      headers: { "stripe-signature": "t=1,v1=00" }
    }
  }
}

export interface HostileReport {
  readonly answered: number
  /** Faults of responses: accepted, 5xx, or disclosing internals. */
  readonly wrong: ReadonlyArray<string>
  readonly statuses: ReadonlyMap<number, number>
}

const judge = (name: string, status: number, text: string, key: string): ReadonlyArray<string> => [
  // All requests get 503 with Retry-After while the database is unavailable.
  ...(status < 400 || (status >= 500 && status !== 503) ? [`${name}: answered ${status}`] : []),
  ...(leaks.test(text) || text.includes(key) ? [`${name}: tells ${text.slice(0, 200)}`] : [])
]

/** Sends attacks in sequence until it is stopped; refused connections are not counted. */
export const attack = (urls: ReadonlyArray<string>, key: string, random: Random) => {
  const wrong: Array<string> = []
  const statuses = new Map<number, number>()
  const all = Object.entries(attacks(key))
  const end = new AbortController()
  const run = async () => {
    for (let turn = 0; !end.signal.aborted; turn++) {
      const [name, { body, headers, path }] = all[turn % all.length]!
      try {
        const response = await fetch(`${urls[turn % urls.length]}${path}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "idempotency-key": `${mark}-${turn}`,
            ...headers
          },
          body,
          signal: AbortSignal.timeout(answerMsMax)
        })
        const text = await response.text()
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        wrong.push(...judge(name, response.status, text, key))
      } catch {
        // It is dead at this moment, or closed the connection on the megabyte.
      }
      await sleep(random.int(...pauseMs))
    }
  }
  const running = run()
  return async (): Promise<HostileReport> => {
    end.abort()
    await running
    return {
      answered: [...statuses.values()].reduce((one, other) => one + other, 0),
      wrong,
      statuses
    }
  }
}
