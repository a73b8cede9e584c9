/** The admin CLI as a separate process, with a real shop. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Shop } from "./Shop.ts"

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))
const program = ["packages/cli/bin/souk.js"]

/** The shop and the key. */
export type Desk = Pick<Shop, "adminKey" | "baseUrl">

/** A run of `souk` whose output can be read, and that can be ended. */
export interface Running {
  /** Its output so far. */
  readonly heard: { readonly stdout: string; readonly stderr: string }
  readonly interrupt: () => void
  readonly ended: Promise<Ran>
}

/** Runs `souk` without a terminal. */
export const souk = (
  desk: Desk,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Promise<Ran> => start(desk, args, environment).ended

/** Starts `souk` without a terminal. */
export const start = (
  { adminKey, baseUrl }: Desk,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Running => {
  const env = { ...process.env, SOUK_URL: baseUrl, SOUK_ADMIN_KEY: adminKey, ...environment }
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const heard = { stdout: "", stderr: "" }
  child.stdout?.on("data", (chunk) => (heard.stdout += String(chunk)))
  child.stderr?.on("data", (chunk) => (heard.stderr += String(chunk)))
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, ...heard }))
  })
  return { heard, interrupt: () => void child.kill("SIGINT"), ended }
}
