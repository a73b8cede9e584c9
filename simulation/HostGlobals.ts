/**
 * Host functions that libraries call directly: time, random numbers and timers. During one run,
 * which is synchronous, they are the world's; a real timer fails the run.
 */
import { GlobalValue, MutableRef } from "effect"
import { Random } from "./Random.ts"
import type { World } from "./World.ts"

/** Fibers are numbered, and their numbers decide the order in hash sets. */
const fiberCount = () =>
  GlobalValue.globalValue(Symbol.for("effect/Fiber/Id/_fiberCounter"), () => MutableRef.make(0))

export const within = <A>(world: World, seed: number, run: () => A): A => {
  const { clearInterval, setInterval, setTimeout } = globalThis
  const { now } = Date
  const { random } = Math
  const chance = new Random(seed, "host")
  const count = fiberCount()
  const before = MutableRef.get(count)
  MutableRef.set(count, 0)
  Date.now = () => world.nowMs
  Math.random = () => chance.next()
  const escaped = () => {
    throw new Error("a timer of the host was set: not everything is simulated")
  }
  // A fiber that waits for ever sets an interval to keep the host alive; here none is needed.
  const interval = () => undefined
  Object.assign(globalThis, {
    setTimeout: escaped,
    setInterval: interval,
    clearInterval: interval
  })
  try {
    return run()
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval, clearInterval })
    Date.now = now
    Math.random = random
    MutableRef.set(count, Math.max(before, MutableRef.get(count)))
  }
}
