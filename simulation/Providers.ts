/** The gateway and the carrier of the simulation: correct ledgers, and faults of the network. */
import type { OrderId } from "@souk/domain/kernel/Ids"
import type { PaymentIntent, ProviderAnswer } from "@souk/domain/payment/PaymentSaga"
import type { Book, CarrierAnswer } from "@souk/domain/shipment/ShipmentSaga"
import { Carrier } from "@souk/domain/testing/Carrier"
import { Gateway, type Script } from "@souk/domain/testing/Gateway"
import type { FaultBook } from "./Faults.ts"
import type { Owner, World } from "./World.ts"

/** The time-out of a call to a provider. */
const timeoutMs = 10_000

/** How late a success may arrive, after the caller's time-out. */
const lateMs = 25_000

/** What the caller learns: a response, an unknown outcome, or that nothing was done. */
export type Heard<A> = A | "unknown" | "unavailable"

export class Providers {
  readonly gateway: Gateway
  readonly carrier: Carrier
  isGatewayDown = false
  /** Called when a customer has to act, so that a webhook may follow. */
  customerNeeded: (orderId: OrderId) => void = () => undefined
  readonly #world: World
  readonly #faults: FaultBook
  readonly #delayMs: (label: string) => number

  constructor(
    world: World,
    faults: FaultBook,
    scripts: ReadonlyMap<OrderId, Script>,
    delayMs: (label: string) => number
  ) {
    this.gateway = new Gateway(scripts)
    this.carrier = new Carrier(scripts)
    this.#world = world
    this.#faults = faults
    this.#delayMs = delayMs
  }

  ask(owner: Owner, intent: PaymentIntent, done: (heard: Heard<ProviderAnswer>) => void): void {
    const label = `${intent._tag} ${intent.key}`
    const back = this.#backTo(owner, label, done)
    const fault = this.#faults.take("gateway")
    if (this.isGatewayDown || fault?.kind === "gateway error") return back("unavailable", 0)
    const arrive = (delayMs: number, then: (answer: ProviderAnswer) => void) =>
      this.#world.schedule(delayMs, `gateway ${label}`, () => {
        const answer = this.gateway.call(intent)
        if (answer._tag === "NeedsCustomer") this.customerNeeded(intent.orderId)
        then(answer)
      })
    const ignored = () => undefined
    const wayMs = this.#delayMs(label)
    switch (fault?.kind) {
      case "charged, then time-out":
        arrive(wayMs, ignored)
        return back("unknown", timeoutMs)
      case "time-out, not charged":
        return back("unknown", timeoutMs)
      case "late success":
        arrive(lateMs, ignored)
        return back("unknown", timeoutMs)
      case "gateway asked twice":
        arrive(wayMs + 50, ignored)
        break
      default:
    }
    arrive(wayMs, (answer) => back(answer, this.#delayMs(`${label} answered`)))
  }

  /** The outcome of a request; `undefined` when it is unknown. */
  lookup(
    owner: Owner,
    intent: PaymentIntent,
    done: (heard: Heard<ProviderAnswer | undefined>) => void
  ): void {
    const label = `look up ${intent.key}`
    const back = this.#backTo(owner, label, done)
    if (this.isGatewayDown) return back("unavailable", 0)
    this.#world.schedule(this.#delayMs(label), label, () =>
      back(this.gateway.lookup(intent), this.#delayMs(`${label} answered`))
    )
  }

  book(owner: Owner, intent: Book, done: (heard: Heard<CarrierAnswer>) => void): void {
    this.#carry(owner, intent.key, () => this.carrier.book(intent), done)
  }

  cancel(owner: Owner, key: string, orderId: OrderId, done: (heard: Heard<"done">) => void): void {
    const cancel = () => {
      this.carrier.cancel(orderId)
      return "done" as const
    }
    this.#carry(owner, key, cancel, done)
  }

  #carry<A>(owner: Owner, key: string, call: () => A, done: (heard: Heard<A>) => void): void {
    const label = `carrier ${key}`
    const back = this.#backTo(owner, label, done)
    const fault = this.#faults.take("carrier")
    if (fault?.kind === "carrier error") return back("unavailable", 0)
    this.#world.schedule(this.#delayMs(label), label, () => {
      const answer = call()
      if (fault === undefined) back(answer, this.#delayMs(`${label} answered`))
    })
    if (fault !== undefined) back("unavailable", timeoutMs)
  }

  #backTo<A>(owner: Owner, label: string, done: (heard: A) => void) {
    return (heard: A, delayMs: number) =>
      this.#world.schedule(delayMs, `${label} told`, () => done(heard), owner)
  }
}
