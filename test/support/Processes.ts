/**
 * The processes of this machine as the system lists them: who is whose child, and who works where.
 */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { promisify } from "node:util"

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly command: string
  /** Where it works, if the system tells. */
  readonly directory: string
}

/** Everything that runs now. The dead whose parent has not looked after them do not run. */
export const running = (): Promise<ReadonlyArray<Process>> =>
  existsSync("/proc/self") ? Promise.resolve(fromProc()) : fromPs()

/** The memory and the open handles of a process, where the system tells; none of one that ended. */
export const sizeOf = (pid: number): { readonly residentKib: number; readonly handles: number } => {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, "utf8"))
  const handles = attempt(() => String(readdirSync(`/proc/${pid}/fd`).length))
  return {
    residentKib: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    handles: Number(handles)
  }
}

export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // It has gone already, which is what the signal is for.
  }
}

const attempt = (read: () => string): string => {
  try {
    return read()
  } catch {
    return "" // It ended between the listing and the reading.
  }
}

const fromProc = (): ReadonlyArray<Process> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const line = attempt(() => readFileSync(`/proc/${name}/stat`, "utf8"))
      // "4711 (a (strange) name) S 1 …": a name may hold anything, so count from its last bracket.
      const [state, parent, group] = line.slice(line.lastIndexOf(")") + 2).split(" ")
      if (line === "" || state === "Z" || state === "X") return []
      const words = attempt(() => readFileSync(`/proc/${name}/cmdline`, "utf8"))
      return [
        {
          pid: Number(name),
          parent: Number(parent),
          group: Number(group),
          command: words.replaceAll("\u0000", " ").trim(),
          directory: attempt(() => readlinkSync(`/proc/${name}/cwd`))
        }
      ]
    })

const fromPs = async (): Promise<ReadonlyArray<Process>> => {
  const columns = "pid=,ppid=,pgid=,stat=,command="
  const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", columns])
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (match === null || match[4]?.startsWith("Z")) return []
    const [, pid, parent, group, , command = ""] = match
    const [one, two, three] = [Number(pid), Number(parent), Number(group)]
    return [{ pid: one, parent: two, group: three, command, directory: "" }]
  })
}
