/** A moment as people write it: any RFC 3339 time, kept as Souk keeps times. */
import { Timestamp, fromMillis } from "./Timestamp.ts"
import { DateTime, Option, Schema } from "effect"

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
