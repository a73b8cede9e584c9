/** Whether another runner is there, told by its port. */
import { RunnerHealth } from "@effect/cluster"
import { Effect, Layer, Schedule } from "effect"
import * as Net from "node:net"
import type { Address } from "./RunnerConfig.ts"

/** How long a port may take to say anything, and how often it is tried again. */
const patienceMs = 1_000
const retries = Schedule.intersect(Schedule.spaced("250 millis"), Schedule.recurs(2))

/**
 * A machine that is there and says that nobody listens is the one sure sign of a process that has
 * died. Silence proves nothing: of that the heartbeat in the database tells, some seconds later.
 */
const knock = ({ host, port }: Address): Effect.Effect<boolean> =>
  Effect.async<boolean, "refused">((resume) => {
    const socket = Net.connect({ host, port })
    const done = (result: Effect.Effect<boolean, "refused">) => {
      socket.destroy()
      resume(result)
    }
    socket.once("connect", () => done(Effect.succeed(true)))
    socket.on("error", (error) => {
      const isRefused = "code" in error && error.code === "ECONNREFUSED"
      done(isRefused ? Effect.fail("refused") : Effect.succeed(true))
    })
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.timeoutTo({ duration: patienceMs, onTimeout: () => true, onSuccess: (is) => is }),
    Effect.retry(retries),
    Effect.orElseSucceed(() => false)
  )

export const layer: Layer.Layer<RunnerHealth.RunnerHealth> = Layer.succeed(
  RunnerHealth.RunnerHealth,
  RunnerHealth.RunnerHealth.of({ isAlive: knock })
)
