/** The shop of `database/shop.ts` as a process of its own, for tests that kill it. */
import { Effect, Redacted, Schema } from "effect"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Processes from "../../src/database/Processes.ts"
import { eventually } from "./Eventually.ts"

/** The shop ended before it was ready. */
export class ShopEnded extends Schema.TaggedError<ShopEnded>()("ShopEnded", {
  said: Schema.String
}) {}

/** Starts it as a terminal does: in a process group, to which Ctrl-C goes as a whole. */
export const start = Effect.fnUntraced(function* (dataDir: string) {
  const { child, said } = yield* Effect.acquireRelease(
    Effect.sync(() => launch(dataDir)),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const address = () => /^ready (.*)$/m.exec(said())?.[1]
  yield* eventually(Effect.sync(() => address() !== undefined || hasEnded()))
  const url = address()
  if (url === undefined || child.pid === undefined) return yield* new ShopEnded({ said: said() })
  const group = -child.pid
  const endWith = (send: () => void) =>
    Effect.zipRight(Effect.sync(send), eventually(Effect.sync(hasEnded)))
  return {
    pid: child.pid,
    url: Redacted.make(url),
    said,
    /** Kills only the shop's process, and waits until it is dead. */
    kill: endWith(() => child.kill("SIGKILL")),
    /** Ctrl-C, and the wait until it has shut down. */
    interrupt: endWith(() => Processes.signal(group, "SIGINT")),
    /** An exception that no handler catches, and the wait until it has ended the process. */
    crash: endWith(() => child.kill("SIGUSR2")),
    /** Waits until it ends by itself. */
    ended: eventually(Effect.sync(hasEnded))
  }
})

const launch = (dataDir: string) => {
  const script = fileURLToPath(new URL("../database/shop.ts", import.meta.url))
  const flags = ["--conditions=@souk/source", "--import", "tsx"]
  const child = spawn(process.execPath, [...flags, script], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SOUK_DATA_DIR: dataDir, SOUK_DATABASE_URL: "" }
  })
  const said: Array<string> = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => said.push(String(chunk)))
  }
  return { child, said: () => said.join("") }
}
