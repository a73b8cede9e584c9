/** One text for one meaning: the order of an object's members means nothing. */
import { Array as Arr, Order } from "effect"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const byName = Order.mapInput(Order.string, ([name]: readonly [string, unknown]) => name)

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isRecord(value)) return value
  const members = Arr.sort(Object.entries(value), byName)
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

/** Members without a value are left out, as they are in JSON. */
export const canonical = (value: unknown): string => JSON.stringify(sorted(value))
