/** How the events of a room become journal entries, and how entries of any age become events. */
import type { Metadata } from "@souk/domain/kernel/Metadata"
import { Schema } from "effect"
import type { Entry, RoomEvent } from "./Journal.ts"

/** Lifts a payload by one version: the first lifts version 1 to 2, the second 2 to 3, and so on. */
export type Upcast = (payload: object) => object

export interface EventCodec<Event> {
  readonly encode: (event: Event, metadata: Metadata) => Entry
  /** Dies on an entry this program does not know: an actor must never skip a part of its past. */
  readonly decode: (recorded: RoomEvent) => Event
  /**
   * The same, except that a payload of the present version is believed: it was checked when it was
   * decided. For read models, which can be made again; an actor decides by what it reads.
   */
  readonly believe: (recorded: RoomEvent) => Event
}

/** An entry whose type or version is newer than the program, or whose payload is damaged. */
export class UnreadableEvent extends Error {
  constructor(recorded: RoomEvent, cause?: unknown) {
    const { schemaVersion, stream, type, version } = recorded
    super(`${stream}@${version} (${type} v${schemaVersion}) is not readable by this program`, {
      cause
    })
    this.name = "UnreadableEvent"
  }
}

/** Events are plain JSON values, so that encoding is leaving `_tag` to its own column. */
export const make = <Event extends { readonly _tag: string }, Json>(
  schema: Schema.Schema<Event, Json>,
  upcasts: Readonly<Record<string, ReadonlyArray<Upcast>>> = {}
): EventCodec<Event> => {
  const decodeSync = Schema.decodeUnknownSync(schema)
  const versionOf = (type: string): number => (upcasts[type]?.length ?? 0) + 1
  const decode = (recorded: RoomEvent): Event => {
    const { payload, schemaVersion, type } = recorded
    if (schemaVersion > versionOf(type)) throw new UnreadableEvent(recorded)
    const lifts = (upcasts[type] ?? []).slice(schemaVersion - 1)
    const current = lifts.reduce((lifted, lift) => lift(lifted), payload)
    try {
      return decodeSync({ _tag: type, ...current })
    } catch (cause) {
      throw new UnreadableEvent(recorded, cause)
    }
  }
  return {
    encode: ({ _tag: type, ...payload }, metadata) => ({
      type,
      schemaVersion: versionOf(type),
      payload,
      metadata
    }),
    decode,
    believe: (recorded) => {
      const { payload, schemaVersion, type } = recorded
      if (schemaVersion !== versionOf(type)) return decode(recorded)
      // Plain JSON decodes to itself, and this was an event when it was written.
      return { _tag: type, ...payload } as unknown as Event
    }
  }
}
