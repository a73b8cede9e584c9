/**
 * Room for those who have something to ask: when there are too many connections, the one that has
 * been idle longest goes. Whoever opens thousands and says nothing, or a header a minute, pushes
 * their own out, and no customer. And they come in one at a time: a thousand that are opened at
 * once would otherwise be read before anybody else is answered.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Turns } from "./Turns.ts"

const ignore = (): void => undefined

export class Connections {
  readonly #max: number
  /** Those without a request under way, the longest idle first. */
  readonly #idle = new Set<Socket>()
  readonly #answering = new Map<Socket, number>()

  /** To be made before anybody else listens to connections of the server. */
  constructor(server: Server, max: number, turns: Turns) {
    this.#max = max
    // How the server itself begins to read a connection. It may be given one at any time.
    const readers = server.listeners("connection")
    server.removeAllListeners("connection")
    server.on("connection", (socket) => {
      if (!this.#open(socket)) return
      turns.push(() => {
        if (socket.destroyed) return false
        for (const read of readers) read.call(server, socket)
        return true
      })
    })
  }

  get size(): number {
    return this.#idle.size + this.#answering.size
  }

  /** To be told of each request when it comes: until its answer is out, its connection stays. */
  answering({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#idle.delete(socket)
    this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1)
    response.once("close", () => this.#leave(socket))
  }

  #open(socket: Socket): boolean {
    const [oldest] = this.#idle
    if (this.size >= this.#max) {
      // When all are busy, there is nobody to send away but the one who comes.
      if (oldest === undefined) {
        socket.destroy()
        return false
      }
      this.#idle.delete(oldest)
      oldest.destroy()
    }
    this.#idle.add(socket)
    socket.once("close", () => {
      this.#idle.delete(socket)
      this.#answering.delete(socket)
    })
    // Until its turn comes, nobody else would hear of it.
    socket.on("error", ignore)
    return true
  }

  #leave(socket: Socket): void {
    const others = (this.#answering.get(socket) ?? 1) - 1
    if (others > 0) {
      this.#answering.set(socket, others)
    } else {
      this.#answering.delete(socket)
      if (!socket.destroyed) this.#idle.add(socket)
    }
  }
}
