/** Finds runners that are gone, by probing their ports. */
import { RunnerStorage } from "@effect/cluster"
import { Effect } from "effect"
import * as Net from "node:net"
import * as RetrySchedule from "../runtime/RetrySchedule.ts"
import type { Address } from "./RunnerConfig.ts"

/** How long a port may take to respond, and how often it is tried again. */
const patienceMs = 500
const retries = { firstMs: 100, times: 2 }

/** How many ports are tried at a time. */
const atOnceMax = 10

type Storage = RunnerStorage.RunnerStorage["Type"]

/** Whether a process may listen at the address: false only when it is certain that none does. */
export type Probe = (address: Address) => Effect.Effect<boolean>

/**
 * The list of runners without those that have died. The library would wait for the heartbeat of a
 * dead runner to run out, or for a singleton that may have died with it.
 */
export const watch = (storage: Storage, own: Address, probe: Probe = isThere): Storage =>
  RunnerStorage.RunnerStorage.of({
    ...storage,
    getRunners: Effect.flatMap(storage.getRunners, (runners) =>
      Effect.forEach(
        runners,
        ([runner, isHealthy]) => {
          const { host, port } = runner.address
          const isOwn = host === own.host && port === own.port
          return isOwn || !isHealthy
            ? Effect.succeed([runner, isHealthy] as const)
            : Effect.map(probe(runner.address), (is) => [runner, is] as const)
        },
        { concurrency: atOnceMax }
      )
    )
  })

/**
 * Only a refused connection proves that a process has died. A port that does not respond proves
 * nothing: the heartbeat in the database tells, some seconds later.
 */
const isThere: Probe = ({ host, port }) =>
  Effect.async<void, "refused">((resume) => {
    const socket = Net.connect({ host, port })
    const done = (result: Effect.Effect<void, "refused">) => {
      socket.destroy()
      resume(result)
    }
    socket.once("connect", () => done(Effect.void))
    socket.on("error", (error) => {
      const isRefused = "code" in error && error.code === "ECONNREFUSED"
      done(isRefused ? Effect.fail("refused") : Effect.void)
    })
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.timeoutOption(patienceMs),
    (probe) => RetrySchedule.retry(probe, retries),
    Effect.isSuccess
  )
