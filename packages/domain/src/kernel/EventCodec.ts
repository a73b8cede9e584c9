/** How events become journal entries, and how entries of any age become events. */
import { Schema } from "effect"
import type { Metadata } from "./Metadata.ts"
import { type Tagged, tagsOf } from "./Tagged.ts"

/** Raises a payload by one version: the first from version 1 to 2, the second from 2 to 3. */
export type Upcast = (payload: object) => object

/** What is different in journals that were written by earlier programs. */
export interface EventHistory<Event extends Tagged> {
  /** For each event type whose payload has changed: one upcast for each version before the last. */
  readonly upcasts?: { readonly [Type in Event["_tag"]]?: ReadonlyArray<Upcast> }
  /** Names that event types were stored under before they were renamed. */
  readonly aliases?: Readonly<Record<string, Event["_tag"]>>
}

/** An event on its way into the journal. */
export interface EncodedEvent {
  readonly type: string
  readonly schemaVersion: number
  readonly payload: object
  readonly metadata: Metadata
}

/** What decoding needs of an event in the journal. */
export interface StoredEvent {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schemaVersion: number
  readonly payload: object
}

export interface EventCodec<Event> {
  /** Every event type under its present name, with the version its payloads are written in. */
  readonly versions: ReadonlyMap<string, number>
  /** The present name of each name that event types were stored under before. */
  readonly aliases: Readonly<Record<string, string>>
  readonly encode: (event: Event, metadata: Metadata) => EncodedEvent
  /** Throws `UnreadableEvent` on an entry it does not know: no part of a stream is ever skipped. */
  readonly decode: (stored: StoredEvent) => Event
  /**
   * Decodes without validating a payload of the latest version, which was validated when it was
   * decided. For read models, which can be rebuilt; an aggregate validates what it decides by.
   */
  readonly decodeTrusted: (stored: StoredEvent) => Event
}

/** An entry whose type or version is newer than the program, or whose payload is damaged. */
export class UnreadableEvent extends Error {
  readonly reason: string

  constructor({ schemaVersion, stream, type, version }: StoredEvent, reason: string) {
    super(`${stream}@${version} (${type} v${schemaVersion}) is not readable: ${reason}`)
    this.name = "UnreadableEvent"
    this.reason = reason
  }
}

/** How payloads that were stored under one name are read. */
interface Form {
  readonly type: string
  readonly upcasts: ReadonlyArray<Upcast>
}

const formsOf = <Event extends Tagged>(
  types: ReadonlyArray<string>,
  { aliases = {}, upcasts = {} }: EventHistory<Event>
): ReadonlyMap<string, Form> => {
  const byType = new Map(Object.entries<ReadonlyArray<Upcast> | undefined>(upcasts))
  const forms = new Map(types.map((type) => [type, { type, upcasts: byType.get(type) ?? [] }]))
  for (const type of byType.keys()) {
    if (!forms.has(type)) throw new Error(`upcasts of ${type}, which is not an event type`)
  }
  for (const [alias, type] of Object.entries(aliases)) {
    const form = forms.get(type)
    if (form === undefined || types.includes(alias)) {
      throw new Error(`${alias} cannot be an alias of ${type}`)
    }
    forms.set(alias, form)
  }
  return forms
}

/** Events are plain JSON values, so that encoding moves `_tag` to its own column and no more. */
export const make = <Event extends Tagged, Json>(
  schema: Schema.Schema<Event, Json>,
  history: EventHistory<Event> = {}
): EventCodec<Event> => {
  const types = tagsOf(schema)
  const forms = formsOf(types, history)
  const validate = Schema.decodeUnknownSync(schema)
  const versionOf = (type: string): number => (forms.get(type)?.upcasts.length ?? 0) + 1
  const versions = new Map(types.map((type) => [type, versionOf(type)]))
  const decode = (stored: StoredEvent): Event => {
    const { payload, schemaVersion, type } = stored
    const form = forms.get(type)
    if (form === undefined) throw new UnreadableEvent(stored, `${type} is no event of it`)
    const latest = form.upcasts.length + 1
    if (schemaVersion < 1 || schemaVersion > latest) {
      throw new UnreadableEvent(stored, `this program reads versions 1 to ${latest}`)
    }
    const missing = form.upcasts.slice(schemaVersion - 1)
    try {
      const current = missing.reduce((before, upcast) => upcast(before), payload)
      return validate({ ...current, _tag: form.type })
    } catch (cause) {
      throw new UnreadableEvent(stored, cause instanceof Error ? cause.message : String(cause))
    }
  }
  return {
    versions,
    aliases: history.aliases ?? {},
    encode: ({ _tag: type, ...payload }, metadata) => ({
      type,
      schemaVersion: versionOf(type),
      payload,
      metadata
    }),
    decode,
    decodeTrusted: (stored) => {
      const { payload, schemaVersion, type } = stored
      const form = forms.get(type)
      if (form === undefined || schemaVersion !== form.upcasts.length + 1) return decode(stored)
      // True because plain JSON decodes to itself, and this was an event when it was written.
      return { _tag: form.type, ...payload } as unknown as Event
    }
  }
}
