/** Controls the process of the load clients, and receives their results. */
import { type ChildProcess, fork } from "node:child_process"
import { on } from "node:events"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"

/** Concurrent logins, idle connections, and connections that send slowly. */
export type Kind = "logins" | "idle" | "slow"

/** How many connections ended with which status; with "none", when nothing was answered. */
export type Counts = Readonly<Record<string, number>>

export interface LoadReport {
  /** All of them are connected. */
  readonly isHere: Promise<unknown>
  /** The connection of the last is closed. */
  readonly ended: Promise<Counts>
  readonly isOver: () => boolean
}

const decodeCounts = Schema.decodeUnknownSync(
  Schema.Record({ key: Schema.String, value: Schema.Int })
)

export class LoadClients {
  readonly #child: ChildProcess
  readonly #words: AsyncIterator<ReadonlyArray<unknown>>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#words = on(child, "message", { close: ["exit"] })
  }

  /** A number of clients that are not connected yet. */
  static async gather(kind: Kind, baseUrl: string, people: number): Promise<LoadClients> {
    const program = fileURLToPath(new URL("LoadClientsMain.ts", import.meta.url))
    const crowd = new LoadClients(
      fork(program, [kind, baseUrl, `${people}`], { execArgv: ["--import", "tsx"] })
    )
    await crowd.#next()
    return crowd
  }

  /** Sends all of them. To be called again only when they have gone. */
  come(): LoadReport {
    let isOver = false
    const isHere = this.#next()
    const ended = isHere.then(async () => {
      const counts = decodeCounts(await this.#next())
      isOver = true
      return counts
    })
    // A test that has failed does not wait for it.
    ended.catch(() => undefined)
    this.#child.send("come")
    return { isHere, ended, isOver: () => isOver }
  }

  /** Disconnects the remaining ones. */
  leave(): void {
    this.#child.send("leave")
  }

  stop(): void {
    this.#child.kill()
  }

  /** The next message of the process; fails when it ends instead. */
  async #next(): Promise<unknown> {
    const { done, value } = await this.#words.next()
    if (done === true) throw new Error("the crowd has ended")
    return value[0]
  }
}
