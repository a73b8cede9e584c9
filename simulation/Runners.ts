/** Processes that each own everything: one of them, for a while two, or none. */
import type { Checker } from "./Checker.ts"
import type { Fault, FaultBook } from "./Faults.ts"
import { ClientNetwork } from "./ClientNetwork.ts"
import type { Node } from "./Node.ts"
import { hash } from "./Random.ts"
import type { Providers } from "./Providers.ts"
import type { Store } from "./Store.ts"
import type { World } from "./World.ts"

/** How long it takes until another process owns what a stalled process owned. */
const takeoverMs = 6_000

interface Parts {
  readonly world: World
  readonly faults: FaultBook
  readonly store: Store
  readonly providers: Providers
  readonly checker: Checker
  readonly delayMs: (label: string) => number
  readonly start: (name: string) => Node
}

export class Runners {
  readonly clients: ClientNetwork
  readonly #parts: Parts
  readonly #nodes: Array<Node> = []
  /** The processes that reply: one, two that both consider themselves owners, or none. */
  #owners: ReadonlyArray<Node> = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.clients = new ClientNetwork({ ...parts, owner: (stream) => this.#owner(stream) })
    this.#start()
    parts.world.beforeStep = (step) => {
      const fault = parts.faults.atStep(step)
      if (fault !== undefined) this.#strike(fault)
    }
  }

  /** Ends all faults: stalled processes resume and end, one process replies, clocks agree. */
  heal(): void {
    const { faults, providers, store, world } = this.#parts
    faults.isHealed = true
    store.isDown = false
    providers.isGatewayDown = false
    for (const node of this.#nodes) {
      node.skewMs = 0
      world.wake(node)
    }
    const first = this.#owners.find(({ state }) => state === "running")
    if (first === undefined) this.#start()
    else this.#owners = [first]
  }

  #owner(stream: string): Node | undefined {
    const { world } = this.#parts
    if (this.#owners.length < 2) return this.#owners[0]
    return this.#owners[Math.floor(world.draw(`owner of ${stream}`) * this.#owners.length)]
  }

  #start(): void {
    const node = this.#parts.start(`n${this.#nodes.length + 1}`)
    this.#nodes.push(node)
    this.#owners = [node]
  }

  #strike({ kind, ms }: Fault): void {
    const { providers, store, world } = this.#parts
    const [node] = this.#owners
    world.note(`FAULT ${kind} ${ms}`)
    switch (kind) {
      case "kill -9":
        return this.#kill(node, ms)
      case "pause and wake":
        return this.#pause(node, ms)
      case "two owners":
        return this.#split(ms)
      case "clock jump":
        if (node !== undefined) node.skewMs += ms
        return
      case "journal outage":
        store.isDown = true
        return world.schedule(ms, "the journal is back", () => {
          store.isDown = false
        })
      case "gateway outage":
        providers.isGatewayDown = true
        return world.schedule(ms, "the gateway is back", () => {
          providers.isGatewayDown = false
        })
      default:
    }
  }

  #kill(node: Node | undefined, backMs: number): void {
    if (node === undefined) return
    node.state = "dead"
    this.#owners = this.#owners.filter((owner) => owner !== node)
    if (this.#owners.length > 0) return
    this.#parts.world.schedule(backMs, "restart", () => {
      if (this.#owners.length === 0) this.#start()
    })
  }

  /** After a long stall another process takes over, while the stalled one later resumes. */
  #pause(node: Node | undefined, ms: number): void {
    if (node === undefined) return
    const { world } = this.#parts
    node.state = "paused"
    world.schedule(ms, `${node.name} wakes up`, () => world.wake(node))
    world.schedule(takeoverMs, `${node.name} is replaced if it sleeps`, () => {
      if (node.state === "paused" && this.#owners.includes(node)) this.#start()
    })
  }

  /** For a while two processes both reply for everything. */
  #split(ms: number): void {
    const [one] = this.#owners
    if (one === undefined || this.#owners.length > 1) return
    this.#start()
    this.#owners = [one, ...this.#owners]
    this.#parts.world.schedule(ms, "one owner is right", () => {
      const last = this.#owners[hash(one.name) % this.#owners.length]
      if (last !== undefined) this.#owners = [last]
    })
  }
}
