/** A log of lines that survives a crash of its writer. */
import { open } from "node:fs/promises"

export interface FsyncedLog {
  /** Resolves once the line is on disk. Lines that arrive meanwhile share the next write. */
  readonly write: (line: object) => Promise<void>
  readonly close: () => Promise<void>
}

export const openLog = async (path: string): Promise<FsyncedLog> => {
  const file = await open(path, "a")
  let waiting: Array<string> = []
  let next: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()

  const visit = async () => {
    next = undefined
    const lines = waiting
    waiting = []
    await file.write(`${lines.join("\n")}\n`)
    await file.datasync()
  }
  return {
    write: (line) => {
      waiting.push(JSON.stringify(line))
      if (next === undefined) last = next = last.then(visit)
      return next
    },
    close: async () => {
      await last
      await file.close()
    }
  }
}
