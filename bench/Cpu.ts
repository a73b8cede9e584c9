/** Who used how much of the machine while something was measured. */
import {
  cpuSecondsOf,
  cpuSecondsOfFamily,
  cpuSecondsOfMachine,
  peakMemoryMbOf
} from "./Processes.ts"
import type { Running } from "./Work.ts"

/** CPU in cores: 1 is one core kept busy for the whole time. */
export interface Usage {
  /** The contender's own processes; where it works in the callers' process, they are included. */
  readonly nodeCores: number
  readonly postgresCores: number
  /** The callers, where they have a process of their own. */
  readonly callerCores: number
  /** What the rest of the machine used meanwhile: a run with much of it is a noisy run. */
  readonly otherCores: number
}

/** Starts watching; the returned function says how long that was, and what was used since. */
export const watchCpu = (postgresPid: number, { processes }: Running) => {
  const read = () => {
    const { system, user } = process.cpuUsage()
    const own = (user + system) / 1_000_000
    const servers = processes?.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
    return {
      clock: performance.now() / 1_000,
      node: servers ?? own,
      callers: processes === undefined || processes.includes(process.pid) ? 0 : own,
      postgres: cpuSecondsOfFamily(postgresPid),
      machine: cpuSecondsOfMachine()
    }
  }
  const before = read()
  return (): Usage & { readonly seconds: number } => {
    const after = read()
    const seconds = after.clock - before.clock
    const nodeCores = (after.node - before.node) / seconds
    const callerCores = (after.callers - before.callers) / seconds
    const postgresCores = (after.postgres - before.postgres) / seconds
    const machineCores = (after.machine - before.machine) / seconds
    const otherCores = Math.max(0, machineCores - nodeCores - callerCores - postgresCores)
    return { seconds, nodeCores, postgresCores, callerCores, otherCores }
  }
}

/** The most memory the contender's processes have held until now, added up. */
export const peakMemoryMb = ({ processes }: Running): number =>
  processes === undefined
    ? process.resourceUsage().maxRSS / 1_024
    : processes.reduce((sum, pid) => sum + peakMemoryMbOf(pid), 0)
