/** Time and order in the simulation: one queue of tasks and one clock. */
import { hash, keyed } from "./Random.ts"

/** A simulated process: tasks of a dead one are dropped, of a paused one kept for later. */
export interface Owner {
  readonly name: string
  state: "running" | "paused" | "dead"
  parked: Array<Task>
}

export interface Task {
  readonly atMs: number
  /** Drawn by the label: the order of tasks within one millisecond. */
  readonly luck: number
  readonly number: number
  readonly label: string
  readonly owner: Owner | undefined
  readonly run: () => void
}

/** How many lines of the trace are kept to be shown. */
const linesMax = 200

/** 1 January 2026. */
export const epochMs = 1_767_225_600_000

const isBefore = (one: Task, other: Task): boolean =>
  one.atMs !== other.atMs
    ? one.atMs < other.atMs
    : one.luck !== other.luck
      ? one.luck < other.luck
      : one.number < other.number

export class World {
  nowMs = epochMs
  /** How many tasks have run. */
  steps = 0
  /** Called before each step, with its number. */
  beforeStep: (step: number) => void = () => undefined
  readonly lines: Array<string> = []
  readonly #seed: number
  readonly #heap: Array<Task> = []
  readonly #labels = new Map<string, number>()
  #scheduled = 0
  #trace = [0x811c9dc5, 0x9e3779b9]

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Whole milliseconds, drawn again for each use of a label. */
  draw(label: string): number {
    const count = this.#labels.get(label) ?? 0
    this.#labels.set(label, count + 1)
    return keyed(this.#seed, `${label}#${count}`)
  }

  schedule(delayMs: number, label: string, run: () => void, owner?: Owner): void {
    const luck = this.draw(label)
    const atMs = this.nowMs + Math.max(0, Math.floor(delayMs))
    this.#push({ atMs, luck, number: this.#scheduled++, label, owner, run })
  }

  /** Runs the next task; false when there is none. */
  step(): boolean {
    const task = this.#pop()
    if (task === undefined) return false
    this.nowMs = Math.max(this.nowMs, task.atMs)
    if (this.#isHeldBack(task)) return true
    this.beforeStep(this.steps++)
    // The step may have killed or paused the task's process.
    if (this.#isHeldBack(task)) return true
    this.note(task.owner === undefined ? task.label : `${task.owner.name}: ${task.label}`)
    task.run()
    return true
  }

  /** Whether its process is dead, or paused and will run it when it resumes. */
  #isHeldBack(task: Task): boolean {
    if (task.owner?.state === "paused") task.owner.parked.push(task)
    return task.owner !== undefined && task.owner.state !== "running"
  }

  /** A stalled process resumes, with all tasks that arrived meanwhile. */
  wake(owner: Owner): void {
    if (owner.state !== "paused") return
    owner.state = "running"
    for (const task of owner.parked.splice(0)) {
      this.#push({ ...task, atMs: this.nowMs, number: this.#scheduled++ })
    }
  }

  /** One line of the trace. */
  note(text: string): void {
    const line = `${this.nowMs - epochMs} ${text}`
    this.#trace = this.#trace.map((sum) => hash(line, sum))
    this.lines.push(line)
    if (this.lines.length > 2 * linesMax) this.lines.splice(0, linesMax)
  }

  /** A hash of the whole trace: equal for two runs with the same steps. */
  get trace(): string {
    return this.#trace.map((sum) => sum.toString(16).padStart(8, "0")).join("")
  }

  #push(task: Task): void {
    const heap = this.#heap
    let child = heap.push(task) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(task, above)) break
      heap[child] = above
      child = parent
    }
    heap[child] = task
  }

  #pop(): Task | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      const [left, right] = [heap[child], heap[child + 1]]
      if (left === undefined) break
      if (right !== undefined && isBefore(right, left)) child++
      const least = heap[child]
      if (least === undefined || !isBefore(least, last)) break
      heap[parent] = least
      parent = child
    }
    heap[parent] = last
    return first
  }
}
