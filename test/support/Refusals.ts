/** What every refusal must be: a problem document without internals, and no new event. */
import { expect } from "vitest"
import { readJournal } from "./Audit.ts"
import type { Answer, Client } from "./Client.ts"
import type { Shop } from "./Shop.ts"
import { problem } from "./Storefront.ts"

/** A line of a stack, a path of the code, or other internals. */
const machinery =
  /\bat [\w.<>]+ \(|\bat file:|node_modules|\.[jt]s:\d+|SqlError|PgClient|ParseError/

/** Fails unless the answer is a problem document with one of these statuses and nothing of ours. */
export const refused = (answer: Answer, what: string, ...statuses: ReadonlyArray<number>): void => {
  const isRefused = statuses.includes(answer.status) && !machinery.test(answer.text)
  if (!isRefused) throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
  problem(answer, answer.status)
}

/** Does what must change nothing, and fails when the journal has grown meanwhile. */
export const untouched = async <A>(client: Client, work: () => Promise<A>): Promise<A> => {
  const before = (await readJournal(client)).at(-1)?.position ?? 0
  const result = await work()
  const since = await readJournal(client, before)
  // A new shop is still writing its demo catalogue.
  expect(since.filter(({ metadata }) => metadata.who !== "demo")).toEqual([])
  return result
}

/** Fails when the shop has logged an error or a stack. */
export const noBugs = (shop: Shop): void => {
  expect(shop.process.output).not.toMatch(/\bERROR\b|\n\s+at /)
  expect(shop.process.exit).toBeUndefined()
}
