/** The client log: an intent before each request, and its outcome afterwards. */
import type { Answer } from "./Client.ts"

/** One request of a client. A repeat has the same key and the same body. */
export interface Intent {
  readonly kind: "order" | "cancellation" | "refund" | "receipt" | "shipment" | "delivery"
  /** A unique marker in the body, by which the journal shows the outcome. */
  readonly mark: string
  /** The idempotency key, where the request takes one. */
  readonly key?: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /**
   * How many seconds the answer may wait for the order to settle; the shop's own choice if none.
   */
  readonly waitSeconds?: number
  /** The order it is about, unless it places one. */
  readonly orderId?: string
}

/** `ok`: executed; `fail`: never executed; `unknown`: only a repeat under the key shows it. */
export type OutcomeClass = "ok" | "fail" | "unknown"

export interface Outcome {
  readonly class: OutcomeClass
  readonly status: number
  readonly text: string
}

export interface Entry {
  readonly intent: Intent
  readonly outcome: Outcome
  /** How often it was sent. */
  readonly attempts: number
}

/** One attempt of a request. The times are those of `performance.now()`. */
export interface Attempt {
  readonly id: number
  readonly sentAtMs: number
  readonly endedAtMs: number
  readonly outcome: Outcome
}

/** A request without a response, or with a 5xx, has an unknown outcome. */
export const classify = ({ status }: Pick<Answer, "status">): OutcomeClass => {
  if (status >= 200 && status < 300) return "ok"
  return status >= 500 || status === 408 || status === 429 ? "unknown" : "fail"
}

/** Where the log is kept; resolves once the line is durable. */
export type Keep = (line: object) => Promise<void>

export class ClientLog {
  readonly attempts: Array<Attempt> = []
  readonly #keep: Keep
  readonly #entries = new Map<number, Entry>()
  readonly #okListeners = new Set<(sentAtMs: number) => void>()
  readonly #statuses = new Map<number, number>()
  #next = 0
  #inFlight = 0
  #okCount = 0

  constructor(keep: Keep = () => Promise.resolve()) {
    this.#keep = keep
  }

  /** Before the first request: records the intent. */
  intend(intent: Intent): number {
    const id = this.#next++
    this.#entries.set(id, {
      intent,
      outcome: { class: "unknown", status: 0, text: "" },
      attempts: 0
    })
    return id
  }

  /** Sends once, by `send`, and records the outcome. */
  async attempt(id: number, send: () => Promise<Answer>): Promise<Outcome> {
    const entry = this.#entries.get(id)!
    const attempts = entry.attempts + 1
    this.#entries.set(id, { ...entry, attempts })
    if (attempts === 1) await this.#keep({ id, intent: entry.intent })
    const sentAtMs = performance.now()
    this.#inFlight++
    const outcome = await send().then(
      (answer): Outcome => ({ class: classify(answer), status: answer.status, text: answer.text }),
      (error): Outcome => ({ class: "unknown", status: 0, text: String(error) })
    )
    this.#inFlight--
    this.#entries.set(id, { ...entry, attempts, outcome })
    const endedAtMs = performance.now()
    this.attempts.push({ id, sentAtMs, endedAtMs, outcome })
    await this.#keep({ id, attempts, sentAtMs, endedAtMs, outcome })
    this.#statuses.set(outcome.status, (this.#statuses.get(outcome.status) ?? 0) + 1)
    if (outcome.class === "ok") {
      this.#okCount++
      for (const listener of this.#okListeners) listener(sentAtMs)
    }
    return outcome
  }

  /** How many requests wait for an answer at this moment. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** How many successful responses there were. */
  get okCount(): number {
    return this.#okCount
  }

  intentOf(id: number): Intent {
    return this.#entries.get(id)!.intent
  }

  get entries(): ReadonlyArray<Entry> {
    return [...this.#entries.values()]
  }

  /** How often each status was answered; 0 stands for no answer. */
  get statuses(): ReadonlyMap<number, number> {
    return this.#statuses
  }

  /** The time of the first successful response to a request sent at `sinceMs` or later. */
  firstOkSince(sinceMs: number, limitMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#okListeners.delete(listener)
        reject(new Error(`no request succeeded for ${limitMs} ms`))
      }, limitMs)
      const listener = (sentAtMs: number) => {
        if (sentAtMs < sinceMs) return
        clearTimeout(limit)
        this.#okListeners.delete(listener)
        resolve(performance.now())
      }
      this.#okListeners.add(listener)
    })
  }
}
