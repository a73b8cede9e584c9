/** A port for the embedded server. */
import { Effect, Random } from "effect"
import { createServer } from "node:net"

/**
 * A free port, below the range of ephemeral ports. Inside that range, a client that retries while
 * the server is down can get the port that it calls as its own, connect to itself, and so block the
 * port of the server.
 */
export const freePort: Effect.Effect<number> = Effect.gen(function* () {
  let port = 0
  for (let triesLeft = 100; triesLeft > 0; triesLeft--) {
    port = yield* Random.nextIntBetween(20_000, 32_768)
    if (yield* isFree(port)) return port
  }
  return port // It may be taken: then Postgres reports that.
})

const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => resume(Effect.succeed(true)))
    })
  })
