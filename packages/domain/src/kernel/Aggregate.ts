/**
 * Everything about one kind of aggregate in one value: the category of its streams, its schemas,
 * its decider, its saga and its codec. The runtime, the read models and the tools take it whole, so
 * that a new event version or a renamed event is known to all of them at once.
 */
import { Option, Schema } from "effect"
import type { Decider, Intent, Saga } from "./Decider.ts"
import * as EventCodec from "./EventCodec.ts"
import type { Tagged } from "./Tagged.ts"
import type { Timestamp } from "./Timestamp.ts"

/** The name of an aggregate's event stream: `<category>-<id>`, for example `order-ord_1f2e…`. */
export const streamId = (category: string, id: string): string => `${category}-${id}`

/** Everything before the first dash. A category has no dash; an id may have several. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf("-"))

/** Everything after the first dash. */
export const idOf = (stream: string): string => stream.slice(stream.indexOf("-") + 1)

/** The types of an aggregate, so that what runs aggregates needs one type parameter for all. */
export interface AggregateTypes {
  readonly Category: string
  readonly Id: string
  readonly State: unknown
  readonly Command: Tagged
  readonly Event: Tagged
  readonly Rejection: Tagged
  readonly View: unknown
  readonly Intent: Intent
  /** The schemas of command, event, rejection and view, with the types of their JSON. */
  readonly Schemas: Schemas
}

interface Schemas {
  readonly command: Schema.Schema.AnyNoContext
  readonly event: Schema.Schema.AnyNoContext
  readonly rejection: Schema.Schema.AnyNoContext
  readonly view: Schema.Schema.AnyNoContext
}

/** How a state is kept beside the journal, where streams grow without end. */
export interface SnapshotFormat<State> {
  /** Raised when the shape changes: snapshots of another version are passed over. */
  readonly schemaVersion: number
  readonly encode: (state: State) => object
  readonly decode: (state: unknown) => State
}

/** The fold of one stream, event by event. */
export interface Replay<State, Event> {
  readonly state: State
  /** Adds the next event. Throws when it is unreadable or cannot follow those before it. */
  readonly next: (stored: EventCodec.StoredEvent) => Event
}

export interface Aggregate<A extends AggregateTypes> {
  /** What the names of its streams begin with. */
  readonly category: A["Category"]
  readonly schemas: A["Schemas"]
  readonly decider: Decider<A["State"], A["Command"], A["Event"], A["Rejection"]>
  readonly saga: Saga<A["State"], A["Event"], A["Intent"]>
  readonly codec: EventCodec.EventCodec<A["Event"]>
  /** What outsiders may see; none before the aggregate exists. */
  readonly viewOf: (state: A["State"], id: A["Id"], at: Timestamp) => Option.Option<A["View"]>
  readonly snapshot: SnapshotFormat<A["State"]> | undefined
  readonly streamId: (id: A["Id"]) => string
  /** The id in a stream's name; none for streams of another category. */
  readonly idOf: (stream: string) => Option.Option<A["Id"]>
  readonly replay: () => Replay<A["State"], A["Event"]>
}

/** The types of an aggregate, as the runtime takes them. */
export type TypesOf<Value> = Value extends Aggregate<infer A> ? A : never

/** A schema of values that are told apart by `_tag`. */
type TaggedSchema = Schema.Schema.AnyNoContext & { readonly Type: Tagged }

/** The types that follow from a definition. */
export interface Defined<
  Category extends string,
  Id extends string,
  State,
  C extends TaggedSchema,
  E extends TaggedSchema,
  R extends TaggedSchema,
  V extends Schema.Schema.AnyNoContext,
  I extends Intent
> extends AggregateTypes {
  readonly Category: Category
  readonly Id: Id
  readonly State: State
  readonly Command: C["Type"]
  readonly Event: E["Type"]
  readonly Rejection: R["Type"]
  readonly View: V["Type"]
  readonly Intent: I
  readonly Schemas: {
    readonly command: C
    readonly event: E
    readonly rejection: R
    readonly view: V
  }
}

export const define = <
  const Category extends string,
  Id extends string,
  State,
  C extends TaggedSchema,
  E extends TaggedSchema,
  R extends TaggedSchema,
  V extends Schema.Schema.AnyNoContext,
  I extends Intent,
  SnapshotJson extends object
>(definition: {
  readonly category: Category
  readonly id: Schema.Schema<Id, string>
  readonly command: C
  readonly event: E
  readonly rejection: R
  readonly view: V
  readonly decider: Decider<State, C["Type"], E["Type"], R["Type"]>
  readonly saga: Saga<State, E["Type"], I>
  readonly viewOf: (state: State, id: Id, at: Timestamp) => Option.Option<V["Type"]>
  readonly upcasts?: EventCodec.EventHistory<E["Type"]>["upcasts"]
  readonly aliases?: EventCodec.EventHistory<E["Type"]>["aliases"]
  readonly snapshot?: {
    readonly schemaVersion: number
    readonly state: Schema.Schema<State, SnapshotJson>
  }
}): Aggregate<Defined<Category, Id, State, C, E, R, V, I>> => {
  const { category, command, decider, event, id, rejection, saga, view, viewOf } = definition
  const { aliases, snapshot, upcasts } = definition
  const codec = EventCodec.make<E["Type"], E["Encoded"]>(event, {
    ...(aliases === undefined ? {} : { aliases }),
    ...(upcasts === undefined ? {} : { upcasts })
  })
  const decodeId = Schema.decodeOption(id)
  return {
    category,
    schemas: { command, event, rejection, view },
    decider,
    saga,
    codec,
    viewOf,
    snapshot: snapshot && {
      schemaVersion: snapshot.schemaVersion,
      encode: Schema.encodeSync(snapshot.state),
      decode: Schema.decodeUnknownSync(snapshot.state)
    },
    streamId: (id) => streamId(category, id),
    idOf: (stream) => (categoryOf(stream) === category ? decodeId(idOf(stream)) : Option.none()),
    replay: () => replay(decider, codec)
  }
}

const replay = <State, Event>(
  { evolve, initial }: Pick<Decider<State, never, Event, unknown>, "evolve" | "initial">,
  { decode }: EventCodec.EventCodec<Event>
): Replay<State, Event> => {
  let state = initial
  return {
    get state() {
      return state
    },
    next: (stored) => {
      const event = decode(stored)
      state = evolve(state, event)
      return event
    }
  }
}
