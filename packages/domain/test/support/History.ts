/** Random histories of one actor: likely commands that get far, and wild ones that do not. */
import { Arbitrary, Either, FastCheck, Schema } from "effect"
import { type Decider, type Decision, fold } from "../../src/kernel/Decider.ts"
import { plusMillis, type Timestamp } from "../../src/kernel/Timestamp.ts"
import { at } from "./Examples.ts"

interface Tagged {
  readonly _tag: string
}

/** The few values that ids may have, by field name, so that random commands meet. */
export type Pools = Record<string, ReadonlyArray<string>>

/** A decider, and what it takes to play with it. */
export interface Player<S, C extends Tagged, E extends Tagged, R> {
  readonly decider: Decider<S, C, E, R>
  /** Any command at all: see `wild`. */
  readonly anything: FastCheck.Arbitrary<C>
  /** Commands that have a good chance to change something in this state, the best first. */
  readonly likely: (state: S) => ReadonlyArray<C>
}

/** One thing that happens to an actor: the n-th likely command, or a wild one. */
export interface Step<C> {
  readonly command: C | number
  readonly passMs: number
}

export interface Turn<S, C, E, R> {
  readonly before: S
  readonly command: C
  readonly at: Timestamp
  readonly decision: Decision<E, R>
  readonly events: ReadonlyArray<E>
  readonly after: S
}

const pick = (pool: ReadonlyArray<string>, value: unknown): unknown => {
  const sum = [...String(value)].reduce((sum, char) => sum + char.charCodeAt(0), 0)
  return pool[sum % pool.length]
}

/** `value` with every field that has a pool taken from there. */
const pooled = (pools: Pools, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => pooled(pools, item))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const pool = Object.hasOwn(pools, key) ? pools[key] : undefined
      return [key, pool === undefined ? pooled(pools, field) : pick(pool, field)]
    })
  )
}

/** Between two steps passes nothing, a blink, half a minute, or as long as stock is held. */
const passMs = FastCheck.oneof(
  { weight: 12, arbitrary: FastCheck.constant(0) },
  { weight: 2, arbitrary: FastCheck.constantFrom(1, 30_000) },
  { weight: 1, arbitrary: FastCheck.constant(900_000) }
)

/** Anything the schema allows, with ids out of small pools. */
export const wild = <A, I>(schema: Schema.Schema<A, I>, pools: Pools): FastCheck.Arbitrary<A> => {
  const decode = Schema.decodeUnknownSync(schema)
  return Arbitrary.make(schema).map((value) => decode(pooled(pools, value)))
}

export const steps = <S, C extends Tagged, E extends Tagged, R>(
  { anything }: Player<S, C, E, R>,
  maxLength = 40
): FastCheck.Arbitrary<ReadonlyArray<Step<C>>> => {
  const command = FastCheck.oneof(
    { weight: 6, arbitrary: FastCheck.nat({ max: 1000 }) },
    { weight: 1, arbitrary: anything }
  )
  return FastCheck.array(FastCheck.record({ command, passMs }), { maxLength, size: "large" })
}

const chosen = <S, C extends Tagged, E extends Tagged, R>(
  player: Player<S, C, E, R>,
  state: S,
  command: C | number
): C | undefined => {
  if (typeof command !== "number") return command
  const likely = player.likely(state)
  return likely[command % likely.length]
}

/** Plays the steps one after another, from nothing, and tells every turn. */
export const play = <S, C extends Tagged, E extends Tagged, R>(
  player: Player<S, C, E, R>,
  steps: ReadonlyArray<Step<C>>
): ReadonlyArray<Turn<S, C, E, R>> => {
  const turns: Array<Turn<S, C, E, R>> = []
  let before = player.decider.initial
  let moment = at(0)
  for (const step of steps) {
    if (step.passMs > 0) moment = plusMillis(moment, step.passMs)
    const command = chosen(player, before, step.command)
    if (command === undefined) continue
    const decision = player.decider.decide(before, command, moment)
    const events = Either.getOrElse(decision, () => [])
    const after = fold(player.decider, before, events)
    turns.push({ before, command, at: moment, decision, events, after })
    before = after
  }
  return turns
}
