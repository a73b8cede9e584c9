/** Descriptions of parameters. A name has the same meaning in all endpoints. */

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly schema?: object
}

const descriptions = new Map<string, string>([
  ["Idempotency-Key", "Identifies the request: a repeat with the same key has no second effect"],
  ["If-Match", "`ETag`s of which one must be current, or `*` for any version"],
  ["If-None-Match", "Answers 304 without a body if this `ETag` is current"],
  [
    "Last-Event-ID",
    "Version of the last event that the client has received; later events are sent"
  ],
  ["Prefer", "Seconds to wait until the resource is settled: `wait=5`, at most 30"],
  ["Souk-After", "A `Souk-Position`: the list waits up to 2 seconds until it has reached it"],
  ["Stripe-Signature", "Signature of the event in Stripe's format"],
  ["after", "Returns rows after this number: `next` of the previous page"],
  ["customerId", "Returns items of this customer only"],
  ["endingBefore", "Returns the page before the item with this id; excludes `startingAfter`"],
  ["fault", "Returns failures in Souk only, or in systems that it calls only"],
  ["id", "Id of the resource"],
  ["lastEventId", "`Last-Event-ID`, for clients that cannot send the header"],
  ["limit", "Maximum number of items of the page"],
  ["name", "Name of the read model in `GET /v1/database`"],
  ["orderId", "Id of the order, which is also the id of its payment"],
  ["reason", "Returns items that failed for this reason only"],
  ["scope", "Overdue payments only, or all payments"],
  ["sku", "Stock keeping unit of the product"],
  ["source", "Returns items of this subscription only"],
  ["startingAfter", "Returns the page after the item with this id; excludes `endingBefore`"],
  ["status", "Returns items with this status only"],
  ["ticket", "Ticket for the order, instead of the `Authorization` header"]
])

const capitalized = (name: string): string =>
  name
    .split("-")
    .map((word) => (word === "id" ? "ID" : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("-")

/** Adds the description of a parameter, and writes headers in their usual case. */
export const parameter = (before: Parameter): Parameter => {
  const name = before.in === "header" ? capitalized(before.name) : before.name
  const description = descriptions.get(name) ?? before.description
  return { ...before, name, ...(description === undefined ? {} : { description }) }
}
