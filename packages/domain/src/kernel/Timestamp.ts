/**
 * A moment, as RFC 3339 text in UTC with milliseconds: comparable as text, readable in a journal.
 */
import { DateTime, Schema } from "effect"

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
