/** A load balancer: checks which runners are ready, and sends requests there. */
import { type Answer, Client, type Method, type Options } from "./Client.ts"

/** How often each runner is asked whether it is ready. */
const lookMs = 200

export class Balancer extends Client {
  readonly #targets: ReadonlyArray<Client>
  readonly #ready = new Set<Client>()
  readonly #inFlight = new Map<Client, number>()
  readonly #looks: ReadonlyArray<NodeJS.Timeout>
  #turn = 0

  constructor(targets: ReadonlyArray<Client>) {
    super("", "")
    this.#targets = targets
    this.#looks = targets.map((target) => {
      let isLooking = false
      const look = async () => {
        if (isLooking) return
        isLooking = true
        if (await target.isReady()) this.#ready.add(target)
        else this.#ready.delete(target)
        isLooking = false
      }
      return setInterval(() => void look(), lookMs)
    })
  }

  /** In turn. A runner that refuses the connection did not get the request; another one may. */
  override async send(method: Method, path: string, options: Options = {}): Promise<Answer> {
    let refusal: unknown = new Error("no runner is ready")
    for (let tries = 0; tries < this.#targets.length; tries++) {
      const ready = this.#targets.filter((target) => this.#ready.has(target))
      const target = ready[this.#turn++ % ready.length]
      if (target === undefined) break
      try {
        this.#count(target, 1)
        return await target.send(method, path, options).finally(() => this.#count(target, -1))
      } catch (error) {
        if (!isRefused(error)) throw error
        this.#ready.delete(target)
        refusal = error
      }
    }
    throw refusal
  }

  /** How many requests wait for an answer of this one. */
  inFlightAt(target: Client): number {
    return this.#inFlight.get(target) ?? 0
  }

  #count(target: Client, by: number): void {
    this.#inFlight.set(target, this.inFlightAt(target) + by)
  }

  close(): void {
    for (const look of this.#looks) clearInterval(look)
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  "code" in error.cause &&
  error.cause.code === "ECONNREFUSED"
