/** The network before the processes: calls over it, any of whose messages may come to grief. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import type { Checker } from "./Checker.ts"
import type { FaultBook } from "./Faults.ts"
import type { Freshness } from "./Freshness.ts"
import type { Node, Reply, Tagged } from "./Node.ts"
import type { World } from "./World.ts"

/** Beyond what the callee may wait, how long an answer may be under way. */
const graceMs = 10_000

interface Parts {
  readonly world: World
  readonly faults: FaultBook
  readonly checker: Checker
  readonly delayMs: (label: string) => number
  /** The process that a call for this stream gets to. */
  readonly owner: (stream: string) => Node | undefined
  /** Where a shard has one owner at a time. */
  readonly freshness?: Freshness
}

export class ClientNetwork {
  /** The ids of commands that the network delivered twice. */
  readonly doubled = new Set<string>()
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A call over the network: any of its two messages may be lost, late, or come twice. */
  call(
    from: Node | undefined,
    stream: string,
    command: Tagged,
    metadata: Metadata,
    waitMs: number,
    done: (reply: Reply) => void
  ): void {
    const { checker, delayMs, faults, freshness, owner, world } = this.#parts
    const label = `${command._tag} ${stream} ${metadata.commandId}`
    const asked = freshness?.asked(stream)
    const answer = once((reply) => {
      if (asked !== undefined && reply._tag === "Replied") freshness?.told(asked, reply.version)
      done(reply)
    })
    const fault = faults.take("call")
    const deliver = (lateMs: number) =>
      world.schedule(delayMs(label) + lateMs, label, () => {
        const to = owner(stream)
        to?.tell(stream, command, metadata, waitMs, (reply) => {
          if (reply._tag === "Replied") checker.answer(stream, reply.version, reply.view)
          if (fault?.kind === "reply lost") return
          world.schedule(
            delayMs(`${label} back`),
            `${reply._tag} ${label}`,
            () => answer(reply),
            from
          )
        })
      })
    if (fault?.kind !== "request lost") deliver(fault?.kind === "request late" ? fault.ms : 0)
    if (fault?.kind === "request twice") {
      this.doubled.add(metadata.commandId)
      deliver(fault.ms)
    }
    const giveUp = () => answer({ _tag: "Failed", reason: "unreachable" })
    world.schedule(waitMs + graceMs, `${label} times out`, giveUp, from)
  }
}

const once = (done: (reply: Reply) => void): ((reply: Reply) => void) => {
  let isDone = false
  return (reply) => {
    if (isDone) return
    isDone = true
    done(reply)
  }
}
