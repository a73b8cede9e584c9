/** What each parameter of the contract means: the same name means the same everywhere. */

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly schema?: object
}

const meanings = new Map<string, string>([
  ["Idempotency-Key", "Names this request: sent again under the same key, it is done once"],
  ["If-Match", "Do it only in one of these states: `ETag`s, or `*` for any"],
  ["If-None-Match", "Answer 304 without a body while this is the current `ETag`"],
  ["Last-Event-ID", "The version of the last event that was seen; what came after it is sent"],
  ["Prefer", "How long to wait for the work to come to rest: `wait=5` seconds, at most 30"],
  ["Souk-After", "A `Souk-Position`: the list waits, for 2 s at most, until it has read so far"],
  ["Stripe-Signature", "What proves that the event is genuine, as Stripe writes it"],
  ["after", "Rows after the one with this number: the `next` of the page before"],
  ["customerId", "Only what belongs to this customer"],
  ["endingBefore", "The page just before the item with this id; not with `startingAfter`"],
  ["fault", "Only those that failed in this program, or in a system that it called"],
  ["id", "The id of the thing, as it was told when it was made"],
  ["lastEventId", "`Last-Event-ID`, for those who cannot send the header"],
  ["limit", "The most a page may have"],
  ["name", "The list, by its name in `GET /v1/database`"],
  ["orderId", "The id of the order, which is that of its payment too"],
  ["reason", "Only those that failed for this reason"],
  ["scope", "Only payments whose answer is overdue, or all"],
  ["sku", "The product, by its stock keeping unit"],
  ["source", "Only those of this subscription"],
  ["startingAfter", "The page just after the item with this id; not with `endingBefore`"],
  ["status", "Only those in this state"],
  ["ticket", "A ticket for this order, in place of the `Authorization` header"]
])

const capitalized = (name: string): string =>
  name
    .split("-")
    .map((word) => (word === "id" ? "ID" : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("-")

/** Headers as people write them, and everything with its meaning. */
export const parameter = (before: Parameter): Parameter => {
  const name = before.in === "header" ? capitalized(before.name) : before.name
  const description = meanings.get(name) ?? before.description
  return { ...before, name, ...(description === undefined ? {} : { description }) }
}
