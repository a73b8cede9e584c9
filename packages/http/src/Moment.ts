/** A moment as people write it: any RFC 3339 time, kept as Souk keeps times. */
import { Timestamp, fromMillis } from "@souk/domain/kernel/Timestamp"
import { DateTime, Option, ParseResult, Schema } from "effect"

const date = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?`
const zone = String.raw`(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)`
const rfc3339 = new RegExp(`^${date}T${time}${zone}$`, "i")

const Written = Schema.String.pipe(Schema.pattern(rfc3339)).annotations({
  description: "an RFC 3339 time, such as 2025-01-31T12:00:00Z",
  jsonSchema: { type: "string", format: "date-time" }
})

export const Moment = Schema.transformOrFail(Written, Schema.typeSchema(Timestamp), {
  decode: (text, _, ast) =>
    Option.match(DateTime.make(text), {
      onNone: () => ParseResult.fail(new ParseResult.Type(ast, text, "is no day of the calendar")),
      onSome: ({ epochMillis }) => ParseResult.succeed(fromMillis(epochMillis))
    }),
  encode: (at) => ParseResult.succeed(at)
})
