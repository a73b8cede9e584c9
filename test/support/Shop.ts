/** A shop with its own data directory and port, and every way to end it or its database. */
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "./Client.ts"
import { eventually } from "./Eventually.ts"
import { type Process, running, signal } from "./Processes.ts"
import { type Exit, ShopProcess } from "./ShopProcess.ts"

/**
 * What is killed: the server's first process, all of its processes, or one that serves a
 * connection; or the server is told to stop at once.
 */
export type DatabaseKill = "postmaster" | "server" | "backend" | "stop"

const startMsMax = 120_000
const endMsMax = 60_000

export class Shop {
  readonly directory: string
  readonly dataDir: string
  readonly baseUrl: string
  readonly adminKey: string
  readonly client: Client
  readonly #environment: Readonly<Record<string, string>>
  readonly #processes: Array<ShopProcess> = []
  #current: ShopProcess | undefined

  private constructor(
    directory: string,
    port: number,
    environment: Readonly<Record<string, string>>
  ) {
    const adminKey = `sk_${randomBytes(24).toString("hex")}`
    this.directory = directory
    this.dataDir = join(directory, "data")
    this.baseUrl = `http://127.0.0.1:${port}`
    this.adminKey = adminKey
    this.client = new Client(this.baseUrl, adminKey)
    this.#environment = {
      SOUK_HOST: "127.0.0.1",
      SOUK_PORT: String(port),
      SOUK_DATA_DIR: this.dataDir,
      SOUK_ADMIN_KEY: adminKey,
      ...environment
    }
    clearUpAfterDeath(directory)
  }

  /** An empty place for a shop. Nothing runs yet. */
  static async open(environment: Readonly<Record<string, string>> = {}): Promise<Shop> {
    const directory = await mkdtemp(join(tmpdir(), "souk-system-"))
    // Started by root, Postgres runs as another user, who needs access to this folder.
    await chmod(directory, 0o711)
    return new Shop(directory, await freePort(), environment)
  }

  /** An open shop, ready to sell. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<Shop> {
    const shop = await Shop.open(environment)
    try {
      await shop.start()
      return shop
    } catch (error) {
      await shop.close()
      throw error
    }
  }

  /** The process that signals are for: the one that was started last, or resumed. */
  get process(): ShopProcess {
    if (this.#current === undefined) throw new Error("this shop was never started")
    return this.#current
  }

  /** Makes an older process the shop again, when a later one did not become ready. */
  resume(older: ShopProcess): void {
    this.#current = older
  }

  /** Starts a process and waits until it says that it is ready. */
  async start(): Promise<ShopProcess> {
    const started = this.spawn()
    await this.untilReady(started)
    return started
  }

  /** Starts a process, which may or may not become ready. */
  spawn(environment: Readonly<Record<string, string>> = {}): ShopProcess {
    const started = new ShopProcess({ ...this.#environment, ...environment })
    this.#processes.push(started)
    this.#current = started
    writeFileSync(join(this.directory, "pids"), this.#processes.map(({ pid }) => pid).join("\n"))
    return started
  }

  async untilReady(started: ShopProcess = this.process): Promise<void> {
    await eventually("the shop is ready", startMsMax, async () => {
      if (started.exit !== undefined) throw new Error(`the shop did not start:\n${started.output}`)
      return (await this.client.isReady()) ? true : undefined
    })
  }

  /** `kill -9` of the shop alone. The database does not notice. */
  async killShop(): Promise<void> {
    this.process.signal("SIGKILL")
    await this.process.exited
  }

  /** Kills the database alone, in one of these ways. Says which processes were meant. */
  async killDatabase(how: DatabaseKill): Promise<ReadonlyArray<number>> {
    const server = this.databasePid()
    if (server === undefined) throw new Error("there is no database to kill")
    const children = (await running()).filter(({ parent }) => parent === server)
    const serving = children.find(({ command }) => / 127\.0\.0\.1\(\d+\)/.test(command))
    const pids = {
      stop: [server],
      postmaster: [server],
      server: [server, ...children.map(({ pid }) => pid)],
      backend: serving === undefined ? [server] : [serving.pid]
    }[how]
    for (const pid of pids) signal(pid, how === "stop" ? "SIGQUIT" : "SIGKILL")
    return pids
  }

  /** The embedded server's first process, as its own note tells. */
  databasePid(): number | undefined {
    try {
      const note = readFileSync(join(this.dataDir, "postgres", "data", "postmaster.pid"), "utf8")
      return Number(note.split("\n")[0]) || undefined
    } catch {
      return undefined
    }
  }

  /** As Ctrl-C in its terminal does, unless another signal is named. */
  async stop(name: NodeJS.Signals = "SIGINT"): Promise<Exit> {
    const last = this.process
    last.signal(name)
    await eventually(`the shop ends after ${name}`, endMsMax, () => last.exit)
    return last.exited
  }

  /**
   * Every process of this shop that still runs: its own, its helpers, and those of its database.
   */
  async leftovers(): Promise<ReadonlyArray<Process>> {
    const groups = new Set(this.#processes.map(({ pid }) => pid))
    return (await running()).filter(
      ({ command, directory, group }) =>
        groups.has(group) ||
        directory.startsWith(this.dataDir) ||
        command.includes(join(this.dataDir, "postgres"))
    )
  }

  /** Waits until nothing of this shop runs any more; fails with what does. */
  async nothingIsLeft(): Promise<void> {
    let left: ReadonlyArray<Process> = []
    const look = async () => {
      left = await this.leftovers()
      return left.length === 0 ? true : undefined
    }
    await eventually("no process is left", 15_000, look).catch(() => {
      throw new Error(`still running: ${left.map((one) => `${one.pid} ${one.command}`).join("; ")}`)
    })
  }

  /** Ends whatever still runs, by force, and removes the data. */
  async close(): Promise<void> {
    await eventually("everything is killed", endMsMax, async () => {
      const left = await this.leftovers()
      for (const { pid } of left) signal(pid, "SIGKILL")
      return left.length === 0 ? true : undefined
    })
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A free port. Another process might take it later. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        resolve(address !== null && typeof address === "object" ? address.port : 0)
      )
    })
  })

/**
 * Clears up even after `kill -9` of the tests: the script reads from a pipe that only we hold, so
 * the reading ends when we do, in whatever way. After an orderly end it finds nothing left to do.
 */
export const clearUpAfterDeath = (directory: string): void => {
  const script = `read -r line
    [ -f "$0/pids" ] || exit 0
    for pid in $(cat "$0/pids"); do kill -KILL "-$pid"; done
    kill -QUIT "$(head -n 1 "$0/data/postgres/data/postmaster.pid")"
    sleep 1
    rm -rf "$0"`
  const child = spawn("sh", ["-c", script, directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  child.unref()
}
