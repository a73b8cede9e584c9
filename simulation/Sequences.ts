/**
 * The same random appends for the simulated journal and for a real one: their results, and the
 * events afterwards, must be equal. This is what connects the simulation to the real journal.
 */
import { type Append, type Entry, Session } from "@souk/actors/journal/Journal"
import { CommandId } from "@souk/domain/kernel/Ids"
import { fromMillis } from "@souk/domain/kernel/Timestamp"
import { FaultBook } from "./Faults.ts"
import { Random } from "./Random.ts"
import { soundRules, Store } from "./Store.ts"
import { type Owner, World } from "./World.ts"

/** A journal, as far as it is compared. */
export interface Target {
  /** All of them in one turn of the event loop; `ok`, or the name of the failure, for each. */
  readonly appendAll: (appends: ReadonlyArray<Append>) => Promise<ReadonlyArray<string>>
  /** `type by command`, event by event. */
  readonly read: (stream: string) => Promise<ReadonlyArray<string>>
  /** Every reminder whose time has come: `stream/name`. */
  readonly due: () => Promise<ReadonlyArray<string>>
}

const streams = ["a-1", "a-2", "b-1"] as const
const roundsMax = 6
const appendsMax = 8

const entriesOf = (random: Random, name: string): readonly [Entry, ...Array<Entry>] => {
  const entry = (index: number): Entry => ({
    type: `Event${index}`,
    schemaVersion: 1,
    payload: { name, index },
    metadata: {
      commandId: CommandId.make(name),
      correlationId: name,
      causationId: "sequence",
      who: "sequence"
    }
  })
  return [entry(0), ...Array.from({ length: random.below(3) }, (_, index) => entry(index + 1))]
}

const reminderOf = (random: Random, name: string): Append["reminders"] =>
  random.pick<Append["reminders"]>([
    [],
    [{ _tag: "Clear", name }],
    [{ _tag: "Set", name, due: { inMs: 0 } }],
    [{ _tag: "Set", name, due: { at: fromMillis(0) } }],
    []
  ])

const remindersOf = (random: Random): Append["reminders"] => [
  ...reminderOf(random, "saga"),
  ...reminderOf(random, "deadline")
]

/** An actor that follows its own appends, or a new one with a right or wrong head. */
interface Writer {
  readonly session: Session
  next: number
}

const writerOf = (random: Random, known: Writer | undefined, head: number): Writer => {
  if (known !== undefined && random.chance(0.6)) return known
  const error = random.pick([0, 0, 0, -1, 1])
  return { session: new Session(), next: Math.max(0, head + error) }
}

/** Runs the sequence of `seed`, and returns its results line by line. */
export const play = async (seed: number, target: Target): Promise<ReadonlyArray<string>> => {
  const random = new Random(seed, "sequence")
  const writers = new Map<string, Writer>()
  const told: Array<string> = []
  for (let round = random.below(roundsMax); round >= 0; round--) {
    // Rounds follow one another: each knows what the one before has left.
    // oxlint-disable-next-line no-await-in-loop
    const before = await Promise.all(streams.map(target.read))
    const heads = new Map(streams.map((stream, index) => [stream, before[index]?.length ?? 0]))
    const appends = Array.from({ length: 1 + random.below(appendsMax) }, (_, index): Append => {
      const stream = random.pick(streams)
      const writer = writerOf(random, writers.get(stream), heads.get(stream) ?? 0)
      const entries = entriesOf(random, `${round}.${index}`)
      writers.set(stream, writer)
      const { next: expected, session } = writer
      writer.next += entries.length
      return { session, stream, expected, entries, reminders: remindersOf(random) }
    })
    // oxlint-disable-next-line no-await-in-loop
    told.push(...(await target.appendAll(appends)))
    // oxlint-disable-next-line no-await-in-loop
    const after = await Promise.all(streams.map(target.read))
    for (const [index, stream] of streams.entries()) {
      told.push(`${stream}: ${after[index]?.join(", ")}`)
    }
  }
  told.push(`due: ${(await target.due()).join(", ")}`)
  return told
}

/** The simulated journal without faults. */
export const simulated = (): Target => {
  const world = new World(0)
  const faults = new FaultBook([], () => undefined)
  const owner: Owner = { name: "sequence", state: "running", parked: [] }
  let calls = 0
  // Each a millisecond after the one before: committed in the order of the calls.
  const store = new Store(
    world,
    faults,
    soundRules,
    () => ++calls,
    () => undefined
  )
  return {
    appendAll: async (appends) => {
      const outcomes: Array<string> = []
      for (const [index, append] of appends.entries()) {
        store.enqueue(owner, append, (failure) => {
          outcomes[index] = failure?._tag ?? "ok"
        })
      }
      while (world.step());
      return outcomes
    },
    read: async (stream) =>
      store.stream(stream).map(({ metadata, type }) => `${type} by ${metadata.commandId}`),
    due: async () =>
      store
        .claim(100, 60_000, 60_000)
        .map(({ name, stream }) => `${stream}/${name}`)
        .toSorted()
  }
}
