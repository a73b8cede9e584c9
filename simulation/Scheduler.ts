/** Effect's fibers under the simulation: every task of every fiber is a step of the world. */
import { Clock, Duration, Effect, type Fiber, type Scheduler } from "effect"
import type { Node } from "./Node.ts"
import type { World } from "./World.ts"

interface Waiting {
  readonly run: () => void
  readonly fiber: unknown
}

/** The fibers of one process. Their tasks are dropped and paused with it. */
export class NodeScheduler implements Scheduler.Scheduler {
  readonly #world: World
  readonly #node: Node
  /** After so many operations a fiber yields. */
  readonly #operationsMax: number
  readonly #waiting: Array<Waiting> = []

  constructor(world: World, node: Node, operationsMax: number) {
    this.#world = world
    this.#node = node
    this.#operationsMax = operationsMax
  }

  shouldYield(fiber: Fiber.RuntimeFiber<unknown, unknown> & { readonly currentOpCount?: number }) {
    return (fiber.currentOpCount ?? 0) > this.#operationsMax ? 0 : false
  }

  scheduleTask(run: () => void, _priority: number, fiber?: unknown): void {
    this.#waiting.push({ run, fiber })
    this.#world.schedule(0, "fiber", () => this.#step(), this.#node)
  }

  /** One task: of a fiber that is drawn, its first, for within a fiber order is a promise. */
  #step(): void {
    const drawn = Math.floor(this.#world.draw("which fiber") * this.#waiting.length)
    const fiber = this.#waiting[drawn]?.fiber
    const index = this.#waiting.findIndex((waiting) => waiting.fiber === fiber)
    const [task] = this.#waiting.splice(index, 1)
    task?.run()
  }
}

/**
 * The clocks of one process: the wall clock is as far ahead of the world's as the process is;
 * the monotonic clock cannot be set.
 */
export const clockOf = (world: World, node: Node): Clock.Clock => {
  const nowMs = () => world.nowMs + node.skewMs
  const nowNanos = () => BigInt(world.nowMs) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: nowMs,
    currentTimeMillis: Effect.sync(nowMs),
    unsafeCurrentTimeNanos: nowNanos,
    currentTimeNanos: Effect.sync(nowNanos),
    sleep: (duration) =>
      Effect.async((resume) => {
        const ms = Duration.toMillis(duration)
        if (!Number.isFinite(ms)) return
        let isOver = false
        const wake = () => {
          if (!isOver) resume(Effect.void)
        }
        world.schedule(Math.ceil(ms), "sleep", wake, node)
        return Effect.sync(() => {
          isOver = true
        })
      })
  }
}
