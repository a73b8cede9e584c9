/** A list folded from the journal whenever it is asked for. */
import type { Recorded } from "@souk/actors/journal/Journal"
import { Schema } from "effect"

/** The streams of one room, newest first, each folded by `fold`. */
export const folded = <View, ViewI>(
  events: ReadonlyArray<Recorded>,
  room: string,
  fold: (before: object, event: object, version: number) => object,
  schema: Schema.Schema<View, ViewI>
): ReadonlyArray<View> => {
  const byStream = new Map<string, object>()
  for (const { payload, stream, type, version } of events) {
    if (!stream.startsWith(`${room}-`)) continue
    const before = byStream.get(stream) ?? {}
    byStream.set(stream, fold(before, { _tag: type, ...payload }, version))
  }
  return [...byStream.values()].map((doc) => Schema.decodeUnknownSync(schema)(doc)).toReversed()
}
