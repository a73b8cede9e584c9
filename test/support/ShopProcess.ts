/** The shop as a separate process: started, its output read, and sent signals. */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { signal } from "./Processes.ts"

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const root = fileURLToPath(new URL("../..", import.meta.url))

/** What `npm start` runs, without npm in between: signals are for the shop alone. */
const command = [
  "--enable-source-maps",
  "--max-semi-space-size=64",
  "packages/http/dist/server/souk.js"
]

/** Nothing of our own environment but what a program needs to run at all. */
const inherited = ["PATH", "HOME", "LANG", "TMPDIR"].flatMap((name) => {
  const value = process.env[name]
  return value === undefined ? [] : [[name, value] as const]
})

export class ShopProcess {
  readonly exited: Promise<Exit>
  /** It has ended, and all its output has been read. */
  readonly silent: Promise<void>
  readonly #child: ChildProcess
  #output = ""
  #exit: Exit | undefined

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, command, {
      cwd: root,
      env: { ...Object.fromEntries(inherited), ...environment },
      // A group of its own, by which its helpers are found when it is gone.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.#child.stdout?.on("data", (chunk) => this.#hear(chunk))
    this.#child.stderr?.on("data", (chunk) => this.#hear(chunk))
    this.exited = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#hear(error.message))
      this.#child.once("exit", (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
    this.silent = new Promise((resolve) => {
      this.#child.once("close", () => resolve())
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** How it ended, if it has. */
  get exit(): Exit | undefined {
    return this.#exit
  }

  /** Everything it has printed so far, on both outputs. */
  get output(): string {
    return this.#output
  }

  /** Closes the other end of both outputs, as `| head` does when it has read enough. */
  closeOutputs(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  signal(name: NodeJS.Signals): void {
    if (this.#exit === undefined && this.pid > 0) signal(this.pid, name)
  }

  #hear(chunk: unknown): void {
    this.#output += String(chunk)
  }
}
