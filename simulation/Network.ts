/** Connections between runners: messages in order, until one of them breaks. */
import type { FaultBook } from "./Faults.ts"
import type { Owner, World } from "./World.ts"

/** How long a dead connection takes until its ends notice it. */
const silenceMsMax = 15_000

/** One end of a connection, in a process. */
export interface End {
  readonly owner: Owner
  readonly receive: (text: string) => void
  /** Called when the connection breaks: no message arrives in either direction. */
  readonly broken: () => void
}

/** A listener. */
export interface Listener {
  readonly owner: Owner
  readonly accept: (connection: Connection) => End
}

export class Connection {
  isBroken = false
  readonly #network: Network
  readonly #client: End
  readonly #server: End
  readonly #lastMs = { there: 0, back: 0 }

  constructor(network: Network, client: End, listener: Listener) {
    this.#network = network
    this.#client = client
    this.#server = listener.accept(this)
  }

  ask(text: string): void {
    this.#send("there", this.#client, this.#server, text)
  }

  answer(text: string): void {
    this.#send("back", this.#server, this.#client, text)
  }

  isOf(owner: Owner): boolean {
    return this.#client.owner === owner || this.#server.owner === owner
  }

  /** Both ends are notified, if their processes still run. */
  break(afterMs: number): void {
    const { world } = this.#network
    for (const { broken, owner } of [this.#client, this.#server]) {
      world.schedule(
        afterMs,
        `connection of ${owner.name} breaks`,
        () => {
          this.isBroken = true
          broken()
        },
        owner
      )
    }
  }

  #send(way: "there" | "back", from: End, to: End, text: string): void {
    if (this.isBroken) return
    const network = this.#network
    const { delayMs, faults, world } = network
    network.messages++
    const label = `${from.owner.name} to ${to.owner.name}`
    const fault = faults.take("wire")
    const heldMs = network.cutMs(from.owner, to.owner)
    if (heldMs > silenceMsMax || fault?.kind === "connection breaks") {
      return this.break(fault === undefined ? silenceMsMax : 0)
    }
    const stallMs = fault?.kind === "message stalls" ? fault.ms : 0
    const atMs = Math.max(this.#lastMs[way] + 1, world.nowMs + heldMs + stallMs + delayMs(label))
    this.#lastMs[way] = atMs
    const deliver = () => {
      if (!this.isBroken) to.receive(text)
    }
    world.schedule(atMs - world.nowMs, label, deliver, to.owner)
    // It arrives, but the sender cannot know that, and sends it again.
    if (fault?.kind === "sent, then broken") this.break(atMs + 1 - world.nowMs)
  }
}

export class Network {
  readonly world: World
  readonly faults: FaultBook
  readonly delayMs: (label: string) => number
  /** How many messages runners have sent to each other. */
  messages = 0
  readonly #listeners = new Map<string, Listener>()
  readonly #connections = new Set<Connection>()
  readonly #cuts: Array<{ readonly from: Owner; readonly to: Owner; readonly untilMs: number }> = []
  /** Machines that do not respond, not even by refusing a connection. */
  readonly #vanished = new Set<Owner>()

  constructor(world: World, faults: FaultBook, delayMs: (label: string) => number) {
    this.world = world
    this.faults = faults
    this.delayMs = delayMs
  }

  listen(address: string, listener: Listener): void {
    this.#listeners.set(address, listener)
  }

  /** Undefined when no process listens there. */
  connect(address: string, client: End): Connection | undefined {
    const listener = this.#listeners.get(address)
    if (listener === undefined || listener.owner.state === "dead") return undefined
    const connection = new Connection(this, client, listener)
    this.#connections.add(connection)
    return connection
  }

  /** False where the machine refuses connections; an unresponsive one may have a listener. */
  mayBeThere(address: string): boolean {
    const owner = this.#listeners.get(address)?.owner
    return owner === undefined || owner.state !== "dead" || this.#vanished.has(owner)
  }

  /** For a while messages in one direction are lost; the other direction works. */
  cut(from: Owner, to: Owner, ms: number): void {
    this.#cuts.push({ from, to, untilMs: this.world.nowMs + ms })
  }

  /** The extra delay of a message in this direction now. */
  cutMs(from: Owner, to: Owner): number {
    const { nowMs } = this.world
    const untilMs = this.#cuts
      .filter((cut) => cut.from === from && cut.to === to)
      .map((cut) => cut.untilMs)
    return Math.max(0, ...untilMs.map((until) => until - nowMs))
  }

  /** A process has ended. */
  died(owner: Owner, isSilent: boolean): void {
    if (isSilent) this.#vanished.add(owner)
    for (const connection of this.#connections) {
      if (!connection.isOf(owner)) continue
      this.#connections.delete(connection)
      connection.break(isSilent ? silenceMsMax : this.delayMs("connection reset"))
    }
  }

  heal(): void {
    this.#cuts.length = 0
  }
}
