/** The operator's command line as a process of its own, at a real shop. */
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

/** Which shop, and by whose key. */
export type Desk = Pick<Shop, "adminKey" | "baseUrl">

/** Runs `souk` without a terminal. */
export const souk = (
  { adminKey, baseUrl }: Desk,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {}
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, SOUK_URL: baseUrl, SOUK_ADMIN_KEY: adminKey, ...environment }
    const child = spawn(process.execPath, [...program, ...args], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const written = { stdout: "", stderr: "" }
    child.stdout?.on("data", (chunk) => (written.stdout += String(chunk)))
    child.stderr?.on("data", (chunk) => (written.stderr += String(chunk)))
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, ...written }))
  })
