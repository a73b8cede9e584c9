/**
 * Limits the number of connections. At the limit, the connection that has been idle longest is
 * closed, from the larger of two groups: new connections without a request, and keep-alive
 * connections between requests. So a client that opens thousands of silent connections closes its
 * own, not those of customers, and thousands of keep-alive connections do not lock out new ones.
 * Connections are accepted one at a time, so that a burst of them does not delay other requests.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { PacedQueue } from "./PacedQueue.ts"

const ignore = (): void => undefined

export class ConnectionLimiter {
  readonly #max: number
  /** Without a request so far, the longest idle first. */
  readonly #fresh = new Set<Socket>()
  /** Between two requests, the longest idle first. */
  readonly #keepAlive = new Set<Socket>()
  readonly #answering = new Map<Socket, number>()

  /** Must be created before other listeners of `connection` are added. */
  constructor(server: Server, max: number, queue: PacedQueue) {
    this.#max = max
    // The listeners of the server itself, which start to read the connection.
    const readers = server.listeners("connection")
    server.removeAllListeners("connection")
    server.on("connection", (socket) => {
      if (!this.#open(socket)) return
      queue.push(() => {
        if (socket.destroyed) return false
        for (const read of readers) read.call(server, socket)
        return true
      })
    })
  }

  get size(): number {
    return this.#fresh.size + this.#keepAlive.size + this.#answering.size
  }

  /** Must be called for each request: its connection stays open until the response is closed. */
  answering({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#fresh.delete(socket)
    this.#keepAlive.delete(socket)
    this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1)
    response.once("close", () => this.#leave(socket))
  }

  #open(socket: Socket): boolean {
    // If every connection is busy, the new one is closed.
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
    // The server adds its own listener only when the queue reaches this connection.
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
