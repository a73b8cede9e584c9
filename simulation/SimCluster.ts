/** Several runners that share the shards, and the faults of each. */
import type { Checker } from "./Checker.ts"
import type { ClusterNode } from "./ClusterNode.ts"
import type { Fault, FaultBook } from "./Faults.ts"
import type { Freshness } from "./Freshness.ts"
import { ClientNetwork } from "./ClientNetwork.ts"
import type { Locks } from "./Locks.ts"
import type { Network } from "./Network.ts"
import type { Node, Reply } from "./Node.ts"
import type { Providers } from "./Providers.ts"
import type { Store } from "./Store.ts"
import type { World } from "./World.ts"

/** At most so many runners at a time. */
const runnersMax = 4

/** How long an orderly shutdown may take before the process is killed. */
const stopMsMax = 15_000

const readMsMax = 10_000

interface Parts {
  readonly world: World
  readonly faults: FaultBook
  readonly store: Store
  readonly providers: Providers
  readonly checker: Checker
  readonly freshness: Freshness
  readonly locks: Locks
  readonly network: Network
  readonly delayMs: (label: string) => number
  /** A process at an address; the addresses differ in the port. */
  readonly start: (name: string, port: number) => ClusterNode
  readonly count: (name: "gave its shards back" | "woke up without its shards") => void
}

export class SimCluster {
  readonly clients: ClientNetwork
  readonly #parts: Parts
  /** The processes by their ports, running and dead. */
  readonly #nodes = new Map<number, ClusterNode>()
  readonly #stopping = new Set<Node>()
  /** The shards that a frozen process had when it was frozen. */
  readonly #frozen = new Map<Node, ReadonlyArray<string>>()
  #started = 0

  constructor(parts: Parts, runners: number) {
    this.#parts = parts
    this.clients = new ClientNetwork({ ...parts, owner: () => this.#anyone() })
    for (let port = 1; port <= runners; port++) this.#start(port)
    parts.world.beforeStep = (step) => {
      const fault = parts.faults.atStep(step)
      if (fault !== undefined) this.#strike(fault)
    }
  }

  /** What a read of an actor returns; nothing without a reply. */
  read(stream: string): void {
    const { checker, delayMs, freshness, world } = this.#parts
    const asked = freshness.asked(stream)
    const label = `read ${stream}`
    const endMs = world.nowMs + readMsMax
    world.schedule(delayMs(label), label, () =>
      this.#anyone()?.read(stream, (reply: Reply) => {
        if (reply._tag !== "Replied" || world.nowMs > endMs) return
        checker.answer(stream, reply.version, reply.view)
        world.schedule(delayMs(`${label} back`), `${label} told`, () =>
          freshness.told(asked, reply.version)
        )
      })
    )
  }

  /** Ends all faults: stalled processes resume, dead ones are started again, clocks agree. */
  heal(): void {
    const { faults, locks, network, providers, store } = this.#parts
    faults.isHealed = true
    store.isDown = false
    providers.isGatewayDown = false
    locks.heal()
    network.heal()
    for (const [port, node] of this.#nodes) {
      node.skewMs = 0
      this.#wake(node)
      if (node.state === "dead") this.#start(port)
    }
  }

  /** The runner that gets the next request: a balancer does not know which ones are paused. */
  #anyone(): ClusterNode | undefined {
    const there = [...this.#nodes.values()].filter(
      (node) => node.state !== "dead" && !this.#stopping.has(node)
    )
    return there[Math.floor(this.#parts.world.draw("whom to ask") * there.length)]
  }

  /** A running process; a paused one, if wanted and there is one. */
  #victim(
    name: string,
    wanted: "paused" | "running",
    besides?: Node
  ): readonly [port: number, node: ClusterNode] | undefined {
    const all = [...this.#nodes].filter(([, node]) => node !== besides && !this.#stopping.has(node))
    const running = all.filter(([, { state }]) => state === "running")
    const paused = all.filter(([, { state }]) => state === "paused")
    const these = wanted === "paused" && paused.length > 0 ? paused : running
    return these[Math.floor(this.#parts.world.draw(name) * these.length)]
  }

  #start(port: number): void {
    const name = `n${++this.#started}`
    this.#nodes.set(port, this.#parts.start(name, port))
  }

  #strike({ kind, ms }: Fault): void {
    const { providers, store, world } = this.#parts
    const found = this.#victim(`victim of ${kind}`, kind === "clock jump" ? "paused" : "running")
    world.note(`FAULT ${kind} ${ms} ${found?.[1].name ?? "none"}`)
    switch (kind) {
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
      case "database restart":
        return this.#restartDatabase(ms)
      case "runner joins":
        return this.#join()
      default:
        if (found !== undefined) this.#strikeAt(found, { kind, ms })
    }
  }

  #strikeAt(
    [port, node]: readonly [port: number, node: ClusterNode],
    { kind, ms }: Pick<Fault, "kind" | "ms">
  ): void {
    const { locks, network, world } = this.#parts
    switch (kind) {
      case "kill -9":
        return this.#kill(port, node, ms, false)
      case "machine vanishes":
        return this.#kill(port, node, ms, true)
      case "pause and wake":
        return this.#pause(node, ms)
      case "runner leaves":
        return this.#leave(port, node, ms)
      case "clock jump":
        node.skewMs += ms
        return
      case "lock session ends":
        return locks.endByForce(({ owner }) => owner === node)
      case "lock session half open":
        return locks.mute(node, world.draw("what is lost") < 0.5 ? "questions" : "answers")
      case "one-way cut": {
        const other = this.#victim("far end", "running", node)
        if (other !== undefined) network.cut(node, other[1], ms)
        return
      }
      default:
    }
  }

  #kill(port: number, node: ClusterNode, backMs: number, isSilent: boolean): void {
    const { delayMs, locks, network, world } = this.#parts
    node.state = "dead"
    network.died(node, isSilent)
    // A machine that has vanished cannot close its connections.
    if (!isSilent) world.schedule(delayMs("lock session"), "its locks", () => locks.endOf(node))
    world.schedule(backMs, `${node.name} starts again`, () => this.#replace(port, node))
  }

  /** A process that was frozen for long enough resumes when others have its shards. */
  #pause(node: ClusterNode, ms: number): void {
    const { locks, world } = this.#parts
    this.#frozen.set(node, locks.shardsOf(node))
    node.state = "paused"
    world.schedule(ms, `${node.name} wakes up`, () => this.#wake(node))
  }

  #wake(node: ClusterNode): void {
    const { count, locks, world } = this.#parts
    const had = this.#frozen.get(node) ?? []
    this.#frozen.delete(node)
    if (node.state === "paused" && had.some((shard) => locks.isElsewhere(node, shard))) {
      count("woke up without its shards")
    }
    world.wake(node)
  }

  #leave(port: number, node: ClusterNode, backMs: number): void {
    const { network, world } = this.#parts
    this.#stopping.add(node)
    const end = () => {
      if (node.state === "dead") return
      node.state = "dead"
      network.died(node, false)
      this.#parts.locks.endOf(node)
      world.schedule(backMs, `${node.name} comes back`, () => this.#replace(port, node))
    }
    node.stop(() => {
      this.#parts.count("gave its shards back")
      end()
    })
    world.schedule(stopMsMax, `${node.name} takes too long`, end)
  }

  #replace(port: number, node: ClusterNode): void {
    if (this.#nodes.get(port) === node) this.#start(port)
  }

  #join(): void {
    const ports = [...this.#nodes.keys()]
    if (ports.length < runnersMax) this.#start(Math.max(...ports) + 1)
  }

  /** All sessions end, and for a while no new one can be opened. */
  #restartDatabase(ms: number): void {
    const { locks, store, world } = this.#parts
    locks.endByForce(() => true)
    store.isDown = true
    locks.isDown = true
    world.schedule(ms, "the database is back", () => {
      store.isDown = false
      locks.isDown = false
    })
  }
}
