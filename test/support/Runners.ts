/** Several runners of one shop on one Postgres, each a process that signals can be sent to. */
import * as Session from "@souk/actors/database/Session"
import { Effect, Hash, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Balancer } from "./Balancer.ts"
import { Client } from "./Client.ts"
import { eventually } from "./Eventually.ts"
import { type Postgres, startPostgres } from "./Postgres.ts"
import { clearUpAfterDeath, freePort } from "./Shop.ts"
import { type Exit, ShopProcess } from "./ShopProcess.ts"

const startMsMax = 60_000
const endMsMax = 60_000

export const shardsMax = 300

/** The cluster's locks are numbers: a million for each group of shards, and the shard. */
const lockBase = 1_000_000

const LockRow = Schema.Struct({ lock: Schema.Number })

const readLocks = `
  SELECT held.objid::integer AS lock
  FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
  WHERE held.locktype = 'advisory' AND held.objsubid = 1 AND held.granted
    AND activity.application_name LIKE $1`

const endSessions = `
  SELECT 1 AS lock FROM pg_stat_activity
  WHERE application_name LIKE $1 AND pg_terminate_backend(pid)`

/** The shard that an actor with this id belongs to. */
export const shardOf = (id: string): number => Math.abs(Hash.string(id) % shardsMax) + 1

/** One runner: always the same address, one process after another. */
export class Runner {
  readonly url: string
  readonly client: Client
  readonly #environment: Readonly<Record<string, string>>
  readonly #started: (started: ShopProcess) => void
  #process: ShopProcess | undefined

  constructor(
    environment: Readonly<Record<string, string>>,
    started: (started: ShopProcess) => void
  ) {
    this.url = `http://127.0.0.1:${environment["SOUK_PORT"]}`
    this.client = new Client(this.url, environment["SOUK_ADMIN_KEY"] ?? "")
    this.#environment = environment
    this.#started = started
  }

  get process(): ShopProcess {
    if (this.#process === undefined) throw new Error("this runner was never started")
    return this.#process
  }

  spawn(): void {
    this.#process = new ShopProcess(this.#environment)
    this.#started(this.#process)
  }

  async untilReady(): Promise<void> {
    await eventually("the runner is ready", startMsMax, async () => {
      const { exit, output } = this.process
      if (exit !== undefined) throw new Error(`the runner has ended:\n${output}`)
      return (await this.client.isReady()) ? true : undefined
    })
  }

  async kill(): Promise<void> {
    this.process.signal("SIGKILL")
    await this.process.exited
  }

  async stop(): Promise<Exit> {
    this.process.signal("SIGTERM")
    await eventually("the runner ends", endMsMax, () => this.process.exit)
    return this.process.exited
  }
}

export class Runners {
  /** Sends each request to a runner that is ready. */
  readonly client: Balancer
  readonly runners: ReadonlyArray<Runner>
  readonly postgres: Postgres
  readonly adminKey: string
  readonly #directory: string
  readonly #pids: Array<number> = []

  private constructor(
    directory: string,
    postgres: Postgres,
    adminKey: string,
    environments: ReadonlyArray<Readonly<Record<string, string>>>
  ) {
    this.adminKey = adminKey
    this.#directory = directory
    this.postgres = postgres
    clearUpAfterDeath(directory)
    this.runners = environments.map((environment) => {
      return new Runner(environment, ({ pid }) => {
        this.#pids.push(pid)
        writeFileSync(join(directory, "pids"), this.#pids.join("\n"))
      })
    })
    this.client = new Balancer(this.runners.map(({ client }) => client))
  }

  /** Starts so many at once, on an empty database, and waits until they share its shards. */
  static async start(
    count: number,
    environment: Readonly<Record<string, string>> = {}
  ): Promise<Runners> {
    const directory = await mkdtemp(join(tmpdir(), "souk-runners-"))
    const postgres = await startPostgres()
    const adminKey = `sk_${randomBytes(24).toString("hex")}`
    const environments = []
    for (let index = 0; index < count; index++) {
      environments.push({
        SOUK_CLUSTER: "on",
        SOUK_RUNNER_ADDRESS: `127.0.0.1:${await freePort()}`,
        SOUK_HOST: "127.0.0.1",
        SOUK_PORT: String(await freePort()),
        SOUK_DATABASE_URL: postgres.url,
        SOUK_ADMIN_KEY: adminKey,
        SOUK_SHUTDOWN_DELAY_SECONDS: "1",
        SOUK_DATA_DIR: join(directory, String(index)),
        ...environment
      })
    }
    const runners = new Runners(directory, postgres, adminKey, environments)
    try {
      for (const runner of runners.runners) runner.spawn()
      await Promise.all(runners.runners.map((runner) => runner.untilReady()))
      await runners.untilShared()
      return runners
    } catch (error) {
      await runners.close()
      throw error
    }
  }

  /** The shards whose locks this runner's present process holds, as Postgres sees it. */
  async shardsOf({ process }: Runner): Promise<ReadonlySet<number>> {
    const rows = await this.#ask(readLocks, `souk shards, pid ${process.pid} on %`)
    return new Set(rows.map(({ lock }) => lock - lockBase))
  }

  /** Ends, at the server, the session that holds this runner's locks. */
  async endLockSession({ process }: Runner): Promise<void> {
    await this.#ask(endSessions, `souk shards, pid ${process.pid} on %`)
  }

  /** Waits until all shards have an owner, and each of these runners has some. */
  async untilShared(among: ReadonlyArray<Runner> = this.runners): Promise<void> {
    let seen: ReadonlyArray<number> = []
    const look = async () => {
      const owned = await Promise.all(among.map((runner) => this.shardsOf(runner)))
      seen = owned.map(({ size }) => size)
      const all = seen.reduce((sum, size) => sum + size, 0)
      return all === shardsMax && seen.every((size) => size > 0) ? true : undefined
    }
    await eventually("all shards are shared", startMsMax, look).catch(() => {
      throw new Error(`the shards are shared like this: ${seen.join(", ")}`)
    })
  }

  async close(): Promise<void> {
    this.client.close()
    for (const runner of this.runners) {
      runner.process.signal("SIGCONT")
      await runner.kill()
    }
    await this.postgres.stop()
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }

  #ask(text: string, name: string): Promise<ReadonlyArray<typeof LockRow.Type>> {
    return Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(Session.open(Redacted.make(this.postgres.url), "souk test"), (session) =>
          session.rows(LockRow, text, [name])
        )
      )
    )
  }
}
