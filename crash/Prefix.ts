/** Checks that a journal that is read repeatedly only grows. */
import { createHash } from "node:crypto"
import { readJournal } from "../test/support/Audit.ts"
import type { Client } from "../test/support/Client.ts"
import type { JournalEvent } from "../test/support/Wire.ts"

const hashOf = (before: string, event: JournalEvent): string =>
  createHash("sha256").update(before).update(JSON.stringify(event)).digest("base64")

export class Prefix {
  /** After each event, the hash of everything up to it. */
  readonly #hashes: Array<string> = []
  #position = 0
  looks = 0

  /** Reads the new events. A shop that does not respond is read the next time. */
  async look(client: Client): Promise<void> {
    const events = await readJournal(client, this.#position).catch(() => [])
    if (events.length > 0) this.looks++
    for (const event of events) {
      this.#hashes.push(hashOf(this.#hashes.at(-1) ?? "", event))
      this.#position = event.position
    }
  }

  get length(): number {
    return this.#hashes.length
  }

  /** Where the whole journal differs from the parts that were read before. */
  differences(journal: ReadonlyArray<JournalEvent>): ReadonlyArray<string> {
    if (journal.length < this.length) {
      return [`${this.length} events were read, and only ${journal.length} are there`]
    }
    let hash = ""
    for (const [index, expected] of this.#hashes.entries()) {
      const event = journal[index]!
      hash = hashOf(hash, event)
      if (hash !== expected) return [`what was read up to position ${event.position} was another`]
    }
    return []
  }
}
