/** Builds what the system tests run as processes: once, before the first of them. */
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A build from nothing takes a quarter of this on two slow cores. */
const buildMsMax = 120_000

export const setup = (): void => {
  execFileSync("npm", ["run", "--silent", "build"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: "inherit",
    timeout: buildMsMax
  })
}
