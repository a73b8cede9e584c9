/** A port for the embedded server. */
import { Effect, Random } from "effect"
import { createServer } from "node:net"

/**
 * A port that nobody listens on, from below the range that systems lend to outgoing connections.
 * From inside that range, a client that retries while the server is down can be lent the very
 * port it calls, connect to itself, and so keep the server out of its own port.
 */
export const freePort: Effect.Effect<number> = Effect.gen(function* () {
  let port = 0
  for (let triesLeft = 100; triesLeft > 0; triesLeft--) {
    port = yield* Random.nextIntBetween(20_000, 32_768)
    if (yield* isFree(port)) return port
  }
  return port // It is taken, and Postgres will say so better than we could.
})

const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => resume(Effect.succeed(true)))
    })
  })
