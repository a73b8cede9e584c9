/** The processes that a plan asks for, wired to everything they share. */
import type { Checker } from "./Checker.ts"
import { ClusterNode } from "./ClusterNode.ts"
import { DomainNode } from "./DomainNode.ts"
import type { FaultBook } from "./Faults.ts"
import { SimCluster } from "./SimCluster.ts"
import { Freshness } from "./Freshness.ts"
import type { ClientNetwork } from "./ClientNetwork.ts"
import { Locks } from "./Locks.ts"
import type { Mutant } from "./Mutants.ts"
import { Network } from "./Network.ts"
import type { Node } from "./Node.ts"
import type { Providers } from "./Providers.ts"
import type { Plan } from "./Plan.ts"
import { Random } from "./Random.ts"
import * as Rooms from "./Rooms.ts"
import { Runners } from "./Runners.ts"
import * as SharedShards from "./SharedShards.ts"
import * as SplitBrain from "./SplitBrain.ts"
import type { Store } from "./Store.ts"
import type { World } from "./World.ts"

export interface Processes {
  readonly clients: ClientNetwork
  readonly heal: () => void
  /** Reads an actor, and compares the reply with earlier ones. */
  readonly read?: (stream: string) => void
  /** What happened, and how often, at the end. */
  readonly tally: () => Readonly<Record<string, number>>
}

/** What all processes of a run share. */
export interface Ground {
  readonly world: World
  readonly faults: FaultBook
  readonly store: Store
  readonly providers: Providers
  readonly checker: Checker
  readonly delayMs: (label: string) => number
}

export const start = (plan: Plan, mutant: Mutant, ground: Ground): Processes =>
  plan.runners > 1
    ? fleet(plan, mutant, ground)
    : plan.tier === "cluster"
      ? splitBrain(plan, ground)
      : actors(plan, mutant, ground)

/** After so many operations a fiber yields. */
const operationsMaxOf = ({ runners, seed }: Plan): number =>
  new Random(seed, "fibers").pick(runners > 1 ? [2_048, 2_048, 100] : [2_048, 100, 10])

const one = (ground: Ground, start: (name: string) => Node): Processes => {
  const runners = new Runners({ ...ground, start })
  return { clients: runners.clients, heal: () => runners.heal(), tally: () => ({}) }
}

const actors = ({ checksFirst }: Plan, mutant: Mutant, ground: Ground): Processes => {
  const all = { ...Rooms.sound, ...mutant.rooms?.(Rooms.sound) }
  const rooms = checksFirst ? Rooms.checking(all) : all
  const sweeps = mutant.sweeps ?? true
  const commandId = mutant.commandId ?? ((id: string) => id)
  const call: ClientNetwork["call"] = (...question) => processes.clients.call(...question)
  const processes = one(
    ground,
    (name) => new DomainNode(name, { ...ground, rooms, sweeps, call, commandId })
  )
  return processes
}

const splitBrain = (plan: Plan, ground: Ground): Processes => {
  const operationsMax = operationsMaxOf(plan)
  const sharding = () => SplitBrain.layer
  return one(
    ground,
    (name) => new ClusterNode(name, { ...ground, operationsMax, seed: plan.seed, sharding })
  )
}

const fleet = (plan: Plan, mutant: Mutant, ground: Ground): Processes => {
  const { delayMs, faults, world } = ground
  const operationsMax = operationsMaxOf(plan)
  const rules = { ...SharedShards.soundLeases, ...mutant.leases }
  const locks = new Locks(world)
  const network = new Network(world, faults, delayMs)
  const shared = { ...ground, locks, rules }
  const counts = { "woke up without its shards": 0, "gave its shards back": 0 }
  const fleet = new SimCluster(
    {
      ...ground,
      locks,
      network,
      freshness: new Freshness(world, locks),
      count: (name) => counts[name]++,
      start: (name, port) =>
        new ClusterNode(name, {
          ...ground,
          operationsMax,
          seed: plan.seed,
          sharding: (node) => SharedShards.layer({ node, network }, port, shared)
        })
    },
    plan.runners
  )
  return {
    clients: fleet.clients,
    heal: () => fleet.heal(),
    read: (stream) => fleet.read(stream),
    tally: () => ({
      ...counts,
      "shards moved": locks.moves,
      "messages between runners": network.messages
    })
  }
}
