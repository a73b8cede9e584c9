/**
 * A moment, as RFC 3339 text in UTC with milliseconds: comparable as text, readable in a journal.
 */
import { DateTime, Schema, Option } from "effect"

const pattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

export const Timestamp = Schema.String.pipe(Schema.pattern(pattern), Schema.brand("Timestamp"))
export type Timestamp = typeof Timestamp.Type

/** The moment `ms` milliseconds after the epoch. */
export const fromMillis = (ms: number): Timestamp =>
  // True by the definition of `formatIso`; checking it would cost more than making it.
  DateTime.formatIso(DateTime.unsafeMake(ms)) as Timestamp

export const toMillis = (at: Timestamp): number => DateTime.unsafeMake(at).epochMillis

export const plusMillis = (at: Timestamp, ms: number): Timestamp => fromMillis(toMillis(at) + ms)

// Times in requests may be any RFC 3339 time; they are stored as timestamps.

const date = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?`
const zone = String.raw`(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)`
const rfc3339 = new RegExp(`^${date}T${time}${zone}$`)

/** Whether the calendar has this day; parsers take the 30th of February for a day in March. */
const isDay = (day: string): boolean =>
  Option.exists(DateTime.make(`${day}T00:00:00Z`), (midnight) =>
    DateTime.formatIso(midnight).startsWith(day)
  )

const Written = Schema.String.pipe(
  Schema.pattern(rfc3339),
  Schema.filter((text) => isDay(text.slice(0, 10)))
).annotations({
  description: "an RFC 3339 time, such as 2025-01-31T12:00:00Z",
  jsonSchema: { type: "string", format: "date-time" }
})

export const Moment = Schema.transform(Written, Schema.typeSchema(Timestamp), {
  decode: (text) => fromMillis(DateTime.unsafeMake(text).epochMillis),
  encode: (at) => at
})
