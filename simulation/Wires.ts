/** The connections of runners, as their post takes them, over the simulated network. */
import { type Line, type LineEnd, Lines } from "@souk/actors/cluster/Lines"
import { Layer } from "effect"
import type { Connection, End, Network } from "./Network.ts"
import type { Node } from "./Node.ts"

/** The process at one end. */
export interface Place {
  readonly node: Node
  readonly network: Network
}

const nobody = "nobody listens"

/** Takes calls at `address`, and calls others. */
export const layer = ({ network, node }: Place, address: string): Layer.Layer<Lines> => {
  const { world } = network
  const endOf = ({ broken, receive }: LineEnd): End => {
    let isOver = false
    return {
      owner: node,
      receive,
      broken: () => {
        if (isOver) return
        isOver = true
        broken()
      }
    }
  }
  const lineOf = (connection: Connection, send: Line["send"]): Line => ({
    send,
    hangUp: () => connection.break(0)
  })
  return Layer.succeed(
    Lines,
    Lines.of({
      open: ({ host, port }, end) => {
        const connection = network.connect(`${host}:${port}`, endOf(end))
        if (connection !== undefined) {
          return lineOf(connection, (text) => connection.ask(text))
        }
        world.schedule(network.delayMs(nobody), nobody, () => end.broken(), node)
        return { send: () => undefined, hangUp: () => undefined }
      },
      answer: (take) =>
        network.listen(address, {
          owner: node,
          accept: (connection) => endOf(take(lineOf(connection, (text) => connection.answer(text))))
        }),
      soon: (then) => world.schedule(0, `post of ${node.name}`, then, node)
    })
  )
}
