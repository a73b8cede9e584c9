/**
 * Room for those who have something to ask: when there are too many connections, one that is idle
 * goes. There are those who never asked anything and those who rest between two requests; of the
 * larger group the one that has been idle longest makes room. So whoever opens thousands and says
 * nothing, or a header a minute, pushes their own out, and no customer, not even one who was away
 * for longer; and thousands who asked once push out no newcomer. And they come in one at a time: a
 * thousand that are opened at once would otherwise be read before anybody else is answered.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { PacedQueue } from "./PacedQueue.ts"

const ignore = (): void => undefined

export class ConnectionLimiter {
  readonly #max: number
  /** Those who never asked anything, the longest idle first. */
  readonly #fresh = new Set<Socket>()
  /** Those between two requests, the longest idle first. */
  readonly #keepAlive = new Set<Socket>()
  readonly #answering = new Map<Socket, number>()

  /** To be made before anybody else listens to connections of the server. */
  constructor(server: Server, max: number, turns: PacedQueue) {
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
    return this.#fresh.size + this.#keepAlive.size + this.#answering.size
  }

  /** To be told of each request when it comes: until its answer is out, its connection stays. */
  answering({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#fresh.delete(socket)
    this.#keepAlive.delete(socket)
    this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1)
    response.once("close", () => this.#leave(socket))
  }

  #open(socket: Socket): boolean {
    // When all are busy, there is nobody to send away but the one who comes.
    if (this.size >= this.#max && !this.#closeOldest()) {
      socket.destroy()
      return false
    }
    this.#fresh.add(socket)
    socket.once("close", () => {
      this.#fresh.delete(socket)
      this.#keepAlive.delete(socket)
      this.#answering.delete(socket)
    })
    // Until its turn comes, nobody else would hear of it.
    socket.on("error", ignore)
    return true
  }

  #closeOldest(): boolean {
    const group = this.#keepAlive.size > this.#fresh.size ? this.#keepAlive : this.#fresh
    const [oldest] = group
    if (oldest === undefined) return false
    group.delete(oldest)
    oldest.destroy()
    return true
  }

  #leave(socket: Socket): void {
    const others = (this.#answering.get(socket) ?? 1) - 1
    if (others > 0) {
      this.#answering.set(socket, others)
    } else {
      this.#answering.delete(socket)
      if (!socket.destroyed) this.#keepAlive.add(socket)
    }
  }
}
