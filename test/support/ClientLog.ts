/** What the shoppers know: an intent before each request, and what became of it afterwards. */
import type { Answer } from "./Client.ts"

/** One thing a shopper wants. Asked again it is the same thing: same key, same body. */
export interface Intent {
  readonly kind: "order" | "cancellation" | "refund" | "receipt" | "shipment" | "delivery"
  /** A word of its own in the body, by which the journal shows what came of it. */
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

/** `ok` happened, `fail` will never have happened, and of `unknown` only the key can tell. */
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

/** One time that something was asked. The times are those of `performance.now()`. */
export interface Attempt {
  readonly id: number
  readonly sentAtMs: number
  readonly endedAtMs: number
  readonly outcome: Outcome
}

/** A request that was sent and not answered, or answered by somebody in trouble, is in doubt. */
export const classify = ({ status }: Pick<Answer, "status">): OutcomeClass => {
  if (status >= 200 && status < 300) return "ok"
  return status >= 500 || status === 408 || status === 429 ? "unknown" : "fail"
}

/** Where the log is kept; resolves once the line would survive us. */
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

  /** Before the first request: from now on the intent can no longer be denied. */
  intend(intent: Intent): number {
    const id = this.#next++
    this.#entries.set(id, {
      intent,
      outcome: { class: "unknown", status: 0, text: "" },
      attempts: 0
    })
    return id
  }

  /** Sends once, by `send`, and notes what came of it. */
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

  /** How many good answers there were. */
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

  /** The moment of the first good answer to a request sent at `sinceMs` or later. */
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
