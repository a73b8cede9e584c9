/** The runners' connections over the simulated network, as their transport uses them. */
import {
  type Connection as RunnerConnection,
  type ConnectionHandler,
  Connections
} from "@souk/actors/cluster/Connection"
import { Layer } from "effect"
import type { Connection, End, Network } from "./Network.ts"
import type { Node } from "./Node.ts"

/** The process at one end. */
export interface Place {
  readonly node: Node
  readonly network: Network
}

const refused = "connection refused"

/** Listens at `address`, and connects to others. */
export const layer = ({ network, node }: Place, address: string): Layer.Layer<Connections> => {
  const { world } = network
  const endOf = ({ closed, receive }: ConnectionHandler): End => {
    let isOver = false
    return {
      owner: node,
      receive,
      broken: () => {
        if (isOver) return
        isOver = true
        closed()
      }
    }
  }
  const ofRunner = (connection: Connection, send: RunnerConnection["send"]): RunnerConnection => ({
    send,
    close: () => connection.break(0)
  })
  return Layer.succeed(
    Connections,
    Connections.of({
      connect: ({ host, port }, handler) => {
        const connection = network.connect(`${host}:${port}`, endOf(handler))
        if (connection !== undefined) {
          return ofRunner(connection, (text) => connection.ask(text))
        }
        world.schedule(network.delayMs(refused), refused, () => handler.closed(), node)
        return { send: () => undefined, close: () => undefined }
      },
      listen: (accept) =>
        network.listen(address, {
          owner: node,
          accept: (connection) => {
            const back = ofRunner(connection, (text) => connection.answer(text))
            return endOf(accept(back, "another runner"))
          }
        }),
      soon: (then) => world.schedule(0, `messages of ${node.name}`, then, node)
    })
  )
}
