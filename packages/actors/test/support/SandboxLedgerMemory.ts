/**
 * The sandbox provider's book in memory: for tests, and for shops that are gone with their process.
 */
import * as Timestamp from "@souk/domain/kernel/Timestamp"
import { Clock, Effect, Layer, Option } from "effect"
import {
  type Attempt,
  type LedgerEntry,
  SandboxLedger,
  type Settled
} from "../../src/payment/SandboxLedger.ts"

interface Row extends Attempt {
  readonly id: number
  readonly atMs: number
}

const entryOf = ({ atMs, code, isFinal, ...entry }: Row): LedgerEntry => ({
  ...entry,
  at: Timestamp.fromMillis(atMs)
})

export const layer: Layer.Layer<SandboxLedger> = Layer.sync(SandboxLedger, () => {
  const rows: Array<Row> = []
  const settled = new Map<string, Settled>()
  return SandboxLedger.of({
    write: (attempt) =>
      Effect.map(Clock.currentTimeMillis, (atMs) => {
        const { code, idempotencyKey, isFinal, status } = attempt
        const before = settled.get(idempotencyKey)
        if (before !== undefined) return before
        rows.push({ ...attempt, id: rows.length + 1, atMs })
        if (isFinal) settled.set(idempotencyKey, { status, code })
        return { status, code }
      }),
    history: (key) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        const open = rows.filter((row) => row.idempotencyKey === key && !row.isFinal)
        return {
          settled: Option.fromNullable(settled.get(key)),
          attempts: open.length,
          sinceFirstMs: nowMs - (open[0]?.atMs ?? nowMs)
        }
      }),
    list: (after, limit) =>
      Effect.sync(() => {
        const data = rows.slice(after, after + limit).map(entryOf)
        return { data, next: after + data.length }
      })
  })
})
