/** CPU time of processes as Linux counts it in /proc. */
import { readdirSync, readFileSync } from "node:fs"

// USER_HZ, which Linux fixes at 100 for everything it shows in /proc.
const ticksPerSecond = 100

/** Seconds of CPU used by a process and its children, the ones that have ended included. */
export const cpuSecondsOfFamily = (pid: number): number => {
  const root = statOf(pid)
  if (root === null) return 0
  let ticks = root.own + root.endedChildren
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue
    const process = statOf(Number(name))
    if (process?.parent === pid) ticks += process.own
  }
  return ticks / ticksPerSecond
}

/** Seconds of CPU used by this process alone; 0 when it is gone. */
export const cpuSecondsOf = (pid: number): number => (statOf(pid)?.own ?? 0) / ticksPerSecond

/** Seconds of CPU used by everything on this machine. */
export const cpuSecondsOfMachine = (): number => {
  const line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? ""
  const [user, nice, system, , , irq, softirq, steal] = numbersIn(line.replace(/^cpu\s+/, ""))
  const busy = [user, nice, system, irq, softirq, steal]
  return busy.reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / ticksPerSecond
}

/** The most memory that a process has held, in megabytes; 0 when it is gone. */
export const peakMemoryMbOf = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

const statOf = (pid: number) => {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8")
  } catch {
    return null // It ended between the listing and the reading.
  }
  // The second field is a name in brackets and may itself hold spaces and brackets.
  const fields = numbersIn(text.slice(text.lastIndexOf(")") + 4))
  const [parent = 0] = fields
  const [own, system, ended, endedSystem] = fields.slice(10, 14)
  return {
    parent,
    own: (own ?? 0) + (system ?? 0),
    endedChildren: (ended ?? 0) + (endedSystem ?? 0)
  }
}

const numbersIn = (text: string): ReadonlyArray<number> => text.trim().split(/\s+/).map(Number)
