/** One run of one plan: safety during faults, liveness after they have stopped. */
import { CommandId, type OrderId } from "@souk/domain/kernel/Ids"
import { toMillis } from "@souk/domain/kernel/Timestamp"
import { PaymentAggregate } from "@souk/domain/payment/PaymentAggregate"
import { InvariantBroken, must } from "@souk/domain/testing/Invariant"
import { Checker } from "./Checker.ts"
import { Clients, orderIdOf } from "./Clients.ts"
import { FaultBook } from "./Faults.ts"
import { Follower } from "./Follower.ts"
import { within } from "./HostGlobals.ts"
import type { Mutant } from "./Mutants.ts"
import { Providers } from "./Providers.ts"
import type { Plan } from "./Plan.ts"
import * as Processes from "./Processes.ts"
import { soundRules, Store } from "./Store.ts"
import { epochMs, World } from "./World.ts"

/** How long after the last fault, and after the last hold, every order must have ended. */
const settleMsMax = 240_000

/** More steps than any run needs: a livelock. */
const stepsMax = 2_000_000

export interface Result {
  readonly broken: { readonly invariant: string; readonly message: string } | undefined
  readonly trace: string
  readonly steps: number
  readonly commits: number
  /** How often each kind of fault occurred, the fence refused, and states changed. */
  readonly counts: Readonly<Record<string, number>>
  /** The last lines of the trace. */
  readonly lines: ReadonlyArray<string>
}

const delays =
  (world: World, { latencyMs, tailPercent }: Plan) =>
  (label: string) => {
    const draw = world.draw(label)
    const isSlow = draw * 100 < tailPercent
    return Math.floor(latencyMs * 2 * (isSlow ? 50 * world.draw(`${label} slowly`) : draw))
  }

/** All parts of a simulated shop, wired. */
class Simulation {
  readonly world: World
  readonly counts: Record<string, number> = {}
  readonly #plan: Plan
  readonly #checker: Checker
  readonly #clients: Clients
  readonly #processes: Processes.Processes
  readonly #store: Store
  readonly #follower: Follower
  #hasHealed = false

  constructor(world: World, plan: Plan, mutant: Mutant) {
    this.#plan = plan
    this.world = world
    const faults = new FaultBook(plan.faults, (kind) => this.#count(`fault: ${kind}`))
    const delayMs = delays(world, plan)
    const scripts = new Map(plan.orders.map(({ n, script }) => [orderIdOf(n), script]))
    const providers = new Providers(world, faults, scripts, delayMs)
    const checker = new Checker(providers.gateway, providers.carrier)
    const rules = { ...soundRules, ...mutant.store }
    const store = new Store(world, faults, rules, delayMs, (rows) => checker.commit(rows))
    const ground = { world, faults, store, providers: providers, checker, delayMs }
    const processes = Processes.start(plan, mutant, ground)
    this.#checker = checker
    this.#store = store
    this.#processes = processes
    this.#clients = new Clients(world, faults, processes, checker)
    this.#follower = new Follower(world, store)
    providers.customerNeeded = (orderId) => this.#webhook(orderId, faults)
  }

  run(): void {
    const { healMs } = this.#plan
    this.#clients.begin(this.#plan)
    while (!this.#isOver()) {
      const { nowMs, steps } = this.world
      if (!this.#hasHealed && nowMs >= epochMs + healMs) this.#heal()
      must("I-50", steps < stepsMax, "it goes round in circles")
      must("I-50", nowMs < this.#deadlineMs, `not settled in time: ${this.#unfinished()}`)
      must("I-50", this.world.step(), "nothing is under way, and it is not over")
    }
    this.#follower.rest()
    this.#clients.rest()
    this.#checker.rest(this.#lastHoldMs + 2 * 3_600_000 + this.world.nowMs - epochMs)
  }

  result(broken: Result["broken"]): Result {
    for (const [name, count] of this.#checker.transitions) this.counts[name] = count
    Object.assign(this.counts, this.#processes.tally(), { fenced: this.#store.fenced })
    this.counts["held for the cancelled"] = this.#checker.heldForTheCancelled > 0 ? 1 : 0
    const { lines, steps, trace } = this.world
    const commits = this.#store.rows.length
    return { broken, trace, steps, commits, counts: this.counts, lines: lines.slice(-200) }
  }

  #isOver(): boolean {
    const isDone = this.#hasHealed && this.#clients.open === 0 && this.#store.isNothingDue
    return isDone && this.#checker.isSettled
  }

  #heal(): void {
    this.#hasHealed = true
    this.world.note("HEALED")
    this.#processes.heal()
  }

  get #lastHoldMs(): number {
    const { invariants, orderIds } = this.#checker
    const holds = orderIds.map((id) => toMillis(invariants.placed(id).holdUntil))
    return Math.max(epochMs, ...holds)
  }

  get #deadlineMs(): number {
    return Math.max(this.#lastHoldMs, epochMs + this.#plan.healMs) + settleMsMax
  }

  #unfinished(): string {
    const states = this.#checker.orderIds.map((id) => `${id} ${this.#checker.orderState(id)._tag}`)
    return `orders ${states.join(", ")}; ${this.#clients.open} clients wait`
  }

  /** The customer did what the bank asked: the provider says so, once, twice or never. */
  #webhook(orderId: OrderId, faults: FaultBook): void {
    const fault = faults.take("webhook")
    const { world } = this
    const tell = (delayMs: number) =>
      world.schedule(delayMs, `webhook ${orderId}`, () => {
        const commandId = CommandId.make(`webhook/${orderId}/${world.steps}`)
        const metadata = {
          commandId,
          correlationId: orderId,
          causationId: "webhook",
          who: "gateway"
        }
        const resume = { _tag: "ResumePayment" }
        this.#processes.clients.call(
          undefined,
          PaymentAggregate.streamId(orderId),
          resume,
          metadata,
          0,
          () => undefined
        )
      })
    if (fault?.kind === "webhook lost") return
    tell(1_500)
    if (fault?.kind === "webhook twice") tell(1_500)
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }
}

/** Runs the plan to its end, or to the first broken invariant. */
export const run = (plan: Plan, mutant: Mutant): Result => {
  const world = new World(plan.seed)
  return within(world, plan.seed, () => {
    const simulation = new Simulation(world, plan, mutant)
    try {
      simulation.run()
      return simulation.result(undefined)
    } catch (cause) {
      const invariant = cause instanceof InvariantBroken ? cause.invariant : "defect"
      const message = cause instanceof Error ? cause.message : String(cause)
      return simulation.result({ invariant, message })
    }
  })
}
