/** A network that can be cut, between a client and its server. */
import { Effect, type Scope } from "effect"
import { createServer, type Socket, connect } from "node:net"

export interface Proxy {
  readonly port: number
  /** From now on answers are swallowed. */
  readonly mute: () => void
  /**
   * Ends all connections of the clients; the server's ends stay open, as after a cut cable. New
   * connections work.
   */
  readonly cut: () => void
}

export const make = (target: URL): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Proxy & { readonly close: () => void }>((resume) => {
      const clients = new Set<Socket>()
      const servers = new Set<Socket>()
      let muted = new Set<Socket>()
      const listener = createServer((client) => {
        const server = connect(Number(target.port), target.hostname)
        clients.add(client)
        servers.add(server)
        client.on("data", (data) => server.write(data))
        server.on("data", (data) => muted.has(client) || client.write(data))
        server.on("close", () => client.destroy())
        // An orderly end is passed on; a cut is not.
        client.on("end", () => server.end())
        for (const socket of [client, server]) socket.on("error", () => undefined)
      })
      const mute = () => {
        muted = new Set(clients)
      }
      const cut = () => {
        for (const client of clients) client.removeAllListeners("end").destroy()
        clients.clear()
      }
      const close = () => {
        cut()
        for (const server of servers) server.destroy()
        listener.close()
      }
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ port, mute, cut, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )
