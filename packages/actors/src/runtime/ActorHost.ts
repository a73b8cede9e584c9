/** The actors of one category in this process's memory, each within the lease of its shard. */
import { type AggregateTypes, streamId } from "@souk/domain/kernel/Aggregate"
import type { Metadata } from "@souk/domain/kernel/Metadata"
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { type Clock, Context, Effect, Either } from "effect"
import type { ShardObserver, ShardOwnershipShape } from "../cluster/ShardOwnership.ts"
import type { Journal } from "../journal/Journal.ts"
import {
  type ActorDefinition,
  ActorMoved,
  type ActorRequest,
  type Actors,
  type ActorUnavailable,
  type Reply,
  type Respond,
  unavailable
} from "./ActorDefinition.ts"
import { type ActorContext, ActorInstance, type InstanceOwner } from "./ActorInstance.ts"
import { actorJournal } from "./EventSourcedState.ts"
import * as IntentExecutor from "./IntentExecutor.ts"

/** How many requests one actor lets wait before it refuses more. */
export class MailboxMax extends Context.Reference<MailboxMax>()("@souk/actors/MailboxMax", {
  defaultValue: () => 4096
}) {}

/** What a host uses of its process. */
export interface HostContext {
  readonly journal: Journal["Type"]
  readonly run: IntentExecutor.Run
  readonly clock: Clock.Clock
  readonly ownership: ShardOwnershipShape
  readonly mailboxMax: number
  /** The shard of an actor's id. */
  readonly shardOf: (id: string) => string
}

export class ActorHost<A extends AggregateTypes>
  implements Actors<A>, InstanceOwner<A>, ShardObserver
{
  readonly category: string
  readonly #context: HostContext
  readonly #instanceContext: ActorContext<A>
  readonly #instances = new Map<string, ActorInstance<A>>()
  /** Evicted instances that have appends in flight. */
  readonly #leaving = new Set<ActorInstance<A>>()
  #cachedNow = { ms: 0, at: Timestamp.fromMillis(0) }

  constructor(definition: ActorDefinition<A>, context: HostContext) {
    const { clock, journal, mailboxMax, run } = context
    this.category = definition.aggregate.category
    this.#context = context
    this.#instanceContext = {
      definition,
      journal: actorJournal(journal, run),
      executor: IntentExecutor.make(definition, run),
      owner: this,
      mailboxMax,
      nowMs: () => clock.unsafeCurrentTimeMillis(),
      now: () => this.#now(),
      report: (failure) => void run(Effect.logError(failure.message, failure))
    }
  }

  /** How many actors are in memory. */
  get size(): number {
    return this.#instances.size
  }

  handle(
    id: string,
    request: ActorRequest<A["Command"]>,
    respond: Respond<Reply<A["View"]>, A["Rejection"] | ActorUnavailable>
  ): void {
    const instance = this.#at(id)
    if (instance === undefined) respond(this.#moved(id))
    else instance.handle(request, respond)
  }

  read(id: string, waitMs: number, respond: Respond<Reply<A["View"]>, ActorUnavailable>): void {
    const instance = this.#at(id)
    if (instance === undefined) respond(this.#moved(id))
    else instance.read(waitMs, respond)
  }

  resume(
    id: string,
    metadata: Metadata,
    waitMs: number,
    respond: Respond<Reply<A["View"]>, A["Rejection"] | ActorUnavailable>
  ): void {
    const instance = this.#at(id)
    if (instance === undefined) respond(this.#moved(id))
    else instance.resume(metadata, waitMs, respond)
  }

  /** See `ActorInstance.tick`. */
  tick(): void {
    const nowMs = this.#context.clock.unsafeCurrentTimeMillis()
    for (const instance of this.#instances.values()) {
      if (this.isOwned(instance)) instance.tick(nowMs)
    }
    this.isDrained()
  }

  isOwned(instance: ActorInstance<A>): boolean {
    const isOwned = this.#context.ownership.epoch(instance.shard) === instance.epoch
    if (!isOwned) this.#evict(instance)
    return isOwned
  }

  passivate(instance: ActorInstance<A>): void {
    if (this.#instances.get(instance.id) === instance) this.#instances.delete(instance.id)
  }

  /** Evicts the actors of a shard, or of all shards. */
  evict(shard?: string): void {
    for (const instance of this.#instances.values()) {
      if (shard === undefined || instance.shard === shard) this.#evict(instance)
    }
  }

  /** Whether nothing that evicted actors have appended can still reach the journal. */
  isDrained(shard?: string): boolean {
    let isReleased = true
    for (const instance of this.#leaving) {
      if (!instance.hasAppendsInFlight) this.#leaving.delete(instance)
      else if (shard === undefined || instance.shard === shard) isReleased = false
    }
    return isReleased
  }

  /** The instance, made if need be; none while another process may own its shard. */
  #at(id: string): ActorInstance<A> | undefined {
    const found = this.#instances.get(id)
    if (found !== undefined && this.isOwned(found)) {
      found.lastUsedMs = this.#context.clock.unsafeCurrentTimeMillis()
      return found
    }
    const shard = found?.shard ?? this.#context.shardOf(id)
    const epoch = this.#context.ownership.epoch(shard)
    if (epoch === undefined) return undefined
    // True because ids are checked where they come into the process.
    const instance = new ActorInstance(id as A["Id"], shard, epoch, this.#instanceContext)
    this.#instances.set(id, instance)
    return instance
  }

  #evict(instance: ActorInstance<A>): void {
    this.passivate(instance)
    if (instance.hasAppendsInFlight) this.#leaving.add(instance)
    instance.evict()
  }

  #moved(id: string): Either.Either<never, ActorUnavailable> {
    const stream = streamId(this.category, id)
    return Either.left(unavailable(stream, new ActorMoved({ stream })))
  }

  /** Many decisions fall into one millisecond, and making its text costs more than most of them. */
  #now(): Timestamp.Timestamp {
    const ms = this.#context.clock.unsafeCurrentTimeMillis()
    if (ms !== this.#cachedNow.ms) this.#cachedNow = { ms, at: Timestamp.fromMillis(ms) }
    return this.#cachedNow.at
  }
}
