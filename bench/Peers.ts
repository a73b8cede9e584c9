/** Other products to compare with: installed apart from Souk, and only when they are wanted. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Contender } from "./Work.ts"

/** The folder of bench/package.json, seen from where this is built. */
const home = fileURLToPath(new URL("..", import.meta.url))

const files = { dbos: "Dbos", restate: "Restate" } as const

export type PeerName = keyof typeof files

export const peerNames: ReadonlyArray<PeerName> = ["dbos", "restate"]

/** Built by `installPeers`, and unknown to the compiler before: their types are not there yet. */
export const peerNamed = async (name: PeerName): Promise<Contender> =>
  (await import(new URL(`./peers/${files[name]}.js`, import.meta.url).href)).contender

const run = (command: string, args: ReadonlyArray<string>): string | null => {
  // Nothing they print belongs among the findings.
  const { error, status, stderr, stdout } = spawnSync(command, args, {
    cwd: home,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  })
  if (status === 0) return null
  const said = `${stdout}${stderr}`.trim()
  return `${command} ${args.join(" ")}: ${error?.message ?? (said || `exit code ${status}`)}`
}

/** Where Restate's server is. Its package has one for some machines only. */
export const restateServer = (): string => {
  const machine = `${process.platform}-${process.arch}`
  const found = createRequire(import.meta.url).resolve(
    `@restatedev/restate-server-${machine}/package.json`
  )
  return join(dirname(found), "bin", "restate-server")
}

/** Why a peer does not run on this machine, if it does not. */
export const obstacleOf = (peer: PeerName): string | null => {
  if (peer !== "restate") return null
  // What its library for services calls, and what its package does not say that it needs.
  if (!("withResolvers" in Promise))
    return `it needs Node 22 or later, and this is ${process.version}`
  try {
    return run(restateServer(), ["--version"])
  } catch (error) {
    return String(error)
  }
}

/** Prepares the peers; returns the reason if that is impossible. */
export const installPeers = (): string | null => {
  if (!existsSync(new URL("../node_modules/@dbos-inc/dbos-sdk", import.meta.url))) {
    process.stderr.write("installing the other products into bench/node_modules (once)\n")
    // Some would run network calls after their installation; none needs a build step.
    const failure = run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    if (failure !== null) return failure
  }
  const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url))
  return run(process.execPath, [compiler, "-b", "peers"])
}
